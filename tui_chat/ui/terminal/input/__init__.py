"""Terminal input: bytes to tokens, tokens to events, and their order."""
