"""Opens and applies the dialogs of projects and of the memory."""
