"""Runs the embedded model in a child process."""
