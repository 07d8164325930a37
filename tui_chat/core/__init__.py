"""Floor 1: what a conversation is. Standard library only; no I/O, asyncio, Textual or SDK."""
