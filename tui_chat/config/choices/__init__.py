"""Choices of the user that are kept in the state folder."""
