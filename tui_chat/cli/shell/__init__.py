"""The shell side: completion, the man page, and conversations that are opened or continued."""
