"""Parses a streamed reply: server-sent events, chunks, reasoning tags."""
