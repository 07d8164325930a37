"""Keeps API keys in the keyring of the system, or in private files without one."""
