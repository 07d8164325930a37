"""Floor 5: the full-screen chat; the only floor that knows Textual."""
