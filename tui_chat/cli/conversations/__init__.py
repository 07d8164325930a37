"""Subcommands for saved conversations: list, search, show, export, import, backup."""
