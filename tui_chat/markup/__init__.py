"""The Markdown that the screen and the exported page have in common."""
