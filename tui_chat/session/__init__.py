"""Floor 4: the application without a user interface, shared by the screen, `ask` and the tests."""
