"""Paths, the configuration file, keys, and the choice of the endpoint."""
