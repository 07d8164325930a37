"""The table of commands, and its views: palette, `/name`, key help and footer read it."""
