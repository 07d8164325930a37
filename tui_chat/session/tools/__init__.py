"""Tools in a conversation: which are offered, who decides about a call, rounds of a turn."""
