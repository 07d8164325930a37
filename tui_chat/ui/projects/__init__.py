"""Dialogs of projects and of the memory."""
