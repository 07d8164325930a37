"""``tui-chat doctor``: checks the setup and suggests fixes."""
