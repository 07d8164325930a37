"""Job control for Ctrl+Z: detects a shell and stops the process group."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path
from typing import Final

from tui_chat.core.labels import N_

NO_SHELL_WORDS: Final = N_("Cannot suspend: tui-chat was not started from a shell.")


def has_shell() -> bool:
    """Return whether a shell with job control started this program in this terminal.

    Without one nothing would resume the program. The shell is the first ancestor outside the
    program's process group, which may contain a launcher such as `uv run`.
    """
    if not hasattr(os, "getpgrp"):
        return False
    try:
        group, pid = os.getpgrp(), os.getppid()
        while pid > 1 and os.getpgid(pid) == group:
            pid = _parent(pid)
        return pid > 1 and os.getsid(pid) == os.getsid(0)
    except (OSError, ValueError):
        return False


def stop_job() -> None:
    """Stop this program and its launcher, as the terminal's SUSP character would."""
    os.killpg(os.getpgrp(), signal.SIGTSTP)


def _parent(pid: int) -> int:
    stat = Path(f"/proc/{pid}/stat")
    if stat.exists():
        # The program name is in parentheses and may contain spaces.
        return int(stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[1])
    found = subprocess.run(  # noqa: S603 - a number, not outside text
        ["ps", "-o", "ppid=", "-p", str(pid)],  # noqa: S607 - where it is differs
        capture_output=True,
        text=True,
        check=False,
    )
    return int(found.stdout)
