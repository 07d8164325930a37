"""Full-text search over saved conversations."""
