"""Switching, picking, renaming and titling conversations."""
