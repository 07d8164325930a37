"""The prompt library in the chat: its prompts in the list after `/`, and their fields."""
