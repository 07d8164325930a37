"""Reads documents and pictures of any origin in a child process that can be ended."""
