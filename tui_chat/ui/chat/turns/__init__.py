"""The turns of all open conversations: on the screen, in the background, and queued."""
