"""Several models that answer one question at once."""
