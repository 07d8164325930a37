"""The endpoints of a run, and the user's consent to send a conversation to one."""
