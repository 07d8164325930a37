"""MCP servers for tests, as processes on standard input and output.

`python -m tests.tools_server` is a server with the official SDK that uses every feature of the
protocol; `python -m tests.tools_server hostile MODE` one that breaks it (`hostile.MODES`).
"""

import sys

COMMAND = (sys.executable, "-m", "tests.tools_server")
"""Starts the well-behaved server, from the folder of the repository."""


def hostile_command(mode: str) -> tuple[str, ...]:
    """Return the command of a hostile server."""
    return (*COMMAND, "hostile", mode)
