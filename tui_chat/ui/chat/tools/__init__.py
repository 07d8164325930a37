"""Tools of the open conversation: progress, decisions, and what servers offer beside tools."""
