"""Finds model servers on this machine."""
