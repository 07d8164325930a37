"""Files, pictures and documents as attachments of a message."""
