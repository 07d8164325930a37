"""The process between the program and one MCP server."""
