"""What the chat does with projects and the memory."""
