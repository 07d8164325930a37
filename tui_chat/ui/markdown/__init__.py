"""Markdown that arrives in pieces, laid out for a terminal: no widget in it but the palette's."""
