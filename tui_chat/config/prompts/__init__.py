"""The prompt library: files in `prompts/` beside config.toml, with fields to fill in."""
