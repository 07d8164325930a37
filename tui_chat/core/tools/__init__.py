"""Tools of MCP servers, and the calls of them in a reply."""
