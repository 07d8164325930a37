"""Floor 3: what a model wrote instead of JSON, evaluation. Never raises on a bad answer."""
