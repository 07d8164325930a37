"""Floor 4: the application without a face. One session serves the screen, `ask` and the tests."""
