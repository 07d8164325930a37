"""The subcommands ``gateway`` and ``join``."""
