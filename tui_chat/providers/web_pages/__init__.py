"""Fetches a web page that the user attaches."""
