"""``tui-chat doctor``: looks at everything a conversation needs and says what to do."""
