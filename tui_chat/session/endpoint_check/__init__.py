"""Checks an endpoint step by step, for `tui-chat doctor` and for the setup of a profile."""
