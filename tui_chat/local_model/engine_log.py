"""The engine's log: a private file of limited size, written by the child process."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from tui_chat.config.paths import make_private_folder
from tui_chat.core.errors import ConfigError
from tui_chat.core.text.sanitize import sanitize_line

if TYPE_CHECKING:
    from pathlib import Path

ROTATE_BYTES: Final = 2_000_000
"""A log longer than this is rotated when an engine starts; one older log is kept."""
_TAIL_BYTES: Final = 64_000
_QUOTE_LIMIT: Final = 160

# The prefix of llama.cpp's lines: minutes.seconds.ms.us, a level, the source location.
_PREFIX: Final = re.compile(r"^\d+\.\d\d\.\d{3}\.\d{3} [A-Z] (?:(?:srv|cmn|slot|que) +)?(?:\S+: )?")
_ERROR: Final = re.compile(
    r"^\S+ E |error|fail|fatal|exception|abort|assert|cannot|unable", re.IGNORECASE
)
# Lines that only repeat that something failed, or belong to a Python traceback.
_NOISE: Final = re.compile(
    r"^--- |Traceback|^ *File \"|cleaning up before exit|exiting due to|llama_model_load_from_file"
    r"|common_fit_params|common_init_|load_model: failed|Current thread|Extension modules"
)


class EngineLog:
    """The part of the log that belongs to one start.

    Several running programs share the file: each appends, and reads from its own start position.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._start = 0

    def open(self, headline: str) -> int | None:
        """Open the file for a new child and write a headline.

        Returns:
            A descriptor that the caller closes; None if the file cannot be written, because the
            model also runs without a log.
        """
        try:
            make_private_folder(self.path.parent)
            if self.path.exists() and self.path.stat().st_size > ROTATE_BYTES:
                self.path.replace(self.path.with_name(f"{self.path.name}.1"))
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0)
            descriptor = os.open(self.path, flags, 0o600)
        except (ConfigError, OSError):
            return None
        self._start = os.fstat(descriptor).st_size
        moment = datetime.now(UTC).isoformat(timespec="seconds")
        # A full disk only costs the headline.
        with suppress(OSError):
            os.fchmod(descriptor, 0o600)
            os.write(descriptor, f"--- {moment} {sanitize_line(headline)}\n".encode())
        return descriptor

    def lines(self) -> list[str]:
        """Return the last lines since the child started, unsanitized."""
        try:
            with self.path.open("rb") as file:
                size = file.seek(0, os.SEEK_END)
                # The child empties a file that grows too long; then all of it is new.
                start = self._start if self._start <= size else 0
                file.seek(max(start, size - _TAIL_BYTES))
                text = file.read()
        except OSError:
            return []
        return text.decode(errors="replace").splitlines()


def error_lines(lines: list[str], count: int = 2) -> list[str]:
    """Return the last lines that explain an error, in order, sanitized and without repeats."""
    kept: list[str] = []
    useful = [line for line in lines if line.strip() and not _NOISE.search(line)]
    for line in reversed([line for line in useful if _ERROR.search(line)] or useful[-1:]):
        text = sanitize_line(_PREFIX.sub("", line), _QUOTE_LIMIT)
        if text not in kept:
            kept.append(text)
        if len(kept) == count:
            break
    return kept[::-1]
