"""Forwards completions: request checks, the upstream endpoint, the streamed reply."""
