"""Saving turns, also while the disk or the database does not take them."""
