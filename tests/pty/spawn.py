"""Starts a program in a terminal of its own."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import termios
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def spawn(
    arguments: Sequence[str], env: Mapping[str, str], columns: int, rows: int
) -> tuple[subprocess.Popen[bytes], int]:
    """Return the process, and the descriptor of its terminal's other end."""
    parent, child = pty.openpty()
    set_size(child, columns, rows)
    process = subprocess.Popen(
        arguments,
        stdin=child,
        stdout=child,
        stderr=child,
        env=dict(env),
        start_new_session=True,
        preexec_fn=_own_terminal,
    )
    os.close(child)
    return process, parent


def set_size(terminal: int, columns: int, rows: int) -> None:
    """Set the size of a terminal in cells and notify its program."""
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def _own_terminal() -> None:
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
