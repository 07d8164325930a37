"""The command line: entry point, `ask`, conversation commands and `doctor`."""
