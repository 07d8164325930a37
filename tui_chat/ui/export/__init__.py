"""Export dialog: writes the open conversation to a file."""
