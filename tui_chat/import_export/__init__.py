"""Floor 4: conversations written out as files, and brought in from those of other programs."""
