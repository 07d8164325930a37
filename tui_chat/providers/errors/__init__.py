"""Maps HTTP, transport and server errors to messages for the user."""
