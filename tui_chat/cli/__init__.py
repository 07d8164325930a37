"""The command line: the entry point, `ask`, and the subcommands."""
