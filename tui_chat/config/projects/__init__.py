"""Projects and memory: texts of the user beside config.toml that go with conversations."""
