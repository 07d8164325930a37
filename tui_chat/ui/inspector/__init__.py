"""Inspector: HTTP requests and responses, and error details."""
