"""Floor 3: conversations on disk. SQLite in one file; all access through one writer thread."""
