"""Find in the open conversation."""
