"""A cursor in a message: movements by keys, selection, quotes and links."""
