"""Changes config.toml and keeps its comments, order and line endings."""
