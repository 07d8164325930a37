"""Prices of tokens, and the costs of replies."""
