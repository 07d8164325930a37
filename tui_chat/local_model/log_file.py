"""The engine's log: a private file that the child writes into and that stays small."""

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
"""A log longer than this is set aside when an engine starts; one older log is kept."""
_TAIL_BYTES: Final = 64_000
_QUOTE_LIMIT: Final = 160

# What llama.cpp puts before its words: minutes.seconds.ms.us, a level, the place in its source.
_PREFIX: Final = re.compile(r"^\d+\.\d\d\.\d{3}\.\d{3} [A-Z] (?:(?:srv|cmn|slot|que) +)?(?:\S+: )?")
_TELLING: Final = re.compile(
    r"^\S+ E |error|fail|fatal|exception|abort|assert|cannot|unable", re.IGNORECASE
)
# Lines that only repeat that something failed, or where in Python it did.
_EMPTY_TALK: Final = re.compile(
    r"^--- |Traceback|^ *File \"|cleaning up before exit|exiting due to|llama_model_load_from_file"
    r"|common_fit_params|common_init_|load_model: failed|Current thread|Extension modules"
)


class EngineLog:
    """One start's part of the log.

    Two running programs share the file: each only appends, and reads from where it began.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._start = 0

    def open(self, headline: str) -> int | None:
        """Open the file for a child that starts and note it with a headline.

        Returns:
            A descriptor the caller closes; None when the file cannot be written, for the model
            runs without a log too.
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
        # A full disk costs the headline and nothing else.
        with suppress(OSError):
            os.fchmod(descriptor, 0o600)
            os.write(descriptor, f"--- {moment} {sanitize_line(headline)}\n".encode())
        return descriptor

    def lines(self) -> list[str]:
        """Return the last lines since the child started, as they are."""
        try:
            with self.path.open("rb") as file:
                size = file.seek(0, os.SEEK_END)
                # The child empties the file when it grows too long; then all of it is new.
                start = self._start if self._start <= size else 0
                file.seek(max(start, size - _TAIL_BYTES))
                text = file.read()
        except OSError:
            return []
        return text.decode(errors="replace").splitlines()


def telling_lines(lines: list[str], count: int = 2) -> list[str]:
    """Return the last lines that tell something, in order, safe to show and without repeats."""
    kept: list[str] = []
    useful = [line for line in lines if line.strip() and not _EMPTY_TALK.search(line)]
    for line in reversed([line for line in useful if _TELLING.search(line)] or useful[-1:]):
        words = sanitize_line(_PREFIX.sub("", line), _QUOTE_LIMIT)
        if words not in kept:
            kept.append(words)
        if len(kept) == count:
            break
    return kept[::-1]
