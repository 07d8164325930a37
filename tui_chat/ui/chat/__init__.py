"""The chat screen: its commands, status line, and the running turn."""
