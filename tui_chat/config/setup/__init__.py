"""Adds, changes and removes profiles of config.toml, for the chat and for `tui-chat setup`."""
