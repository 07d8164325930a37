"""Better models for the embedded engine: a short list, the hub's cache, and verified downloads."""
