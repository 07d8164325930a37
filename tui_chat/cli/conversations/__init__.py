"""Conversation commands: list, search, show, export, import, backup."""
