"""Models for this machine: the dialog, the download and its line."""
