"""Incremental Markdown for terminals: parser, layout and row painter, without widgets."""
