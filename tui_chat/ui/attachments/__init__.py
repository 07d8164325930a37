"""Attachments in the prompt: the file list after `@`, pasted paths, chips."""
