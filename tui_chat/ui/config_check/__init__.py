"""Checks of config.toml that need the user interface: key bindings and the theme."""
