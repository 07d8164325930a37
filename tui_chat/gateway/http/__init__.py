"""The gateway's web server: routes, connections, error responses, shutdown."""
