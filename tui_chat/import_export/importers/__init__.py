"""Importers: one module per program, plus format detection and shared parsing."""
