"""Key help and the footer."""
