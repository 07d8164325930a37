"""Floor 3: the model that runs on this machine, in a child process of its own."""
