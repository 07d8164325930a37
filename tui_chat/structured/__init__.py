"""Floor 3: what a model wrote instead of JSON, judged. Never raises on a bad answer."""
