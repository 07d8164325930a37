"""Small pieces that every room of the UI uses."""
