"""Importers of files: one module per program and its export format."""
