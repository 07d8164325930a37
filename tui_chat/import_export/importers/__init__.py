"""Files of other programs and our own, read as conversations, whatever their names."""
