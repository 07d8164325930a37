"""Tools on the command line: `tui-chat tools`, and the flags of `ask`."""
