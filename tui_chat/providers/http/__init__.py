"""The HTTP client of one profile, and its headers."""
