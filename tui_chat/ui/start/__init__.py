"""The start page: what an empty conversation shows."""
