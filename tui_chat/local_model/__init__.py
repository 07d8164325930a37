"""Floor 3: the embedded model, in a child process of its own."""
