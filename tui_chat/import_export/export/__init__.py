"""Export formats: Markdown, HTML, JSON, plain text."""
