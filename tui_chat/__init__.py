"""A full-screen, keyboard-driven terminal chat for any OpenAI-compatible endpoint."""

__version__ = "0.3.0"
