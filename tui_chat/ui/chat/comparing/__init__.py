"""Several models answer one question: the choice of models, their answers side by side."""
