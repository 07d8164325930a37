"""Changes of the parameters of the open conversation."""
