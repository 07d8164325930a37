"""The command `tui-chat setup`: adds, lists and removes profiles in a plain terminal."""
