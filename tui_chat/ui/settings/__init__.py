"""F8: the settings of the program and their lines in config.toml."""
