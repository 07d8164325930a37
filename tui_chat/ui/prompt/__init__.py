"""The prompt: input, history, drafts, pasted text."""
