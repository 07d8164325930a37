"""The message list and its messages."""
