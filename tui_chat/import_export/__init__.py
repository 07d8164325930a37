"""Floor 4: conversations written to files, and imported from other programs."""
