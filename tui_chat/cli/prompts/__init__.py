"""The prompt library on the command line: `tui-chat prompts` and `ask --prompt`."""
