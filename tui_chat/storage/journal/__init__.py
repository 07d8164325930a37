"""The journal: unsaved text in a small file beside the database."""
