"""Importers of SQLite databases: one module per program."""
