"""Text safety and size: sanitizing, redaction, token estimates."""
