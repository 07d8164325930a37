"""Floor 1: what a conversation is. Standard library only; no I/O, no asyncio, no Textual, no SDK."""
