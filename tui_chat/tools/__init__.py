"""MCP servers: each runs behind a process of its own, which alone imports the SDK."""
