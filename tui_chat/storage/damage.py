"""Marks a damaged database, sets it aside at the next start, and takes over what can be read.

Three files beside the database carry this from one process to the next: `.suspect` has the next
start examine the whole file, `.damaged-TIME` is the file that was set aside, and `.unsalvaged`
names those whose rows have not been taken over yet, so that a salvage that was killed or ran out
of disk space is done again.
"""

from __future__ import annotations

import logging
import sqlite3
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from tui_chat.core.conversation import now
from tui_chat.storage.migrations import free_name
from tui_chat.storage.sqlite_errors import is_damage, storage_error

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tui_chat.core.errors import StorageError

    Progress = Callable[[str], None]

log = logging.getLogger(__name__)

_SUSPECT: Final = ".suspect"
_UNSALVAGED: Final = ".unsalvaged"
_BETWEEN_WORDS_S: Final = 0.25
_WAL_HEADER_BYTES: Final = 32


def database_error(error: sqlite3.Error | OSError | ValueError, path: Path | None) -> StorageError:
    """Return a failure of the program's own database in words, and mark the file if it is damaged.

    Args:
        error: What was raised.
        path: The database; None when it is in memory.
    """
    if path is not None and isinstance(error, sqlite3.Error) and is_damage(error):
        mark_suspect(path)
    return storage_error(error, path)


def mark_suspect(path: Path) -> None:
    """Have a database examined when it is opened next: reading it found damage."""
    try:
        _beside(path, _SUSPECT).touch(mode=0o600)
    except OSError as error:
        # In a folder that cannot be written nothing can be set aside either.
        log.warning("damage of %s could not be marked: %s", path, error)


def is_suspect(path: Path) -> bool:
    """Say whether damage was found in a database."""
    return _beside(path, _SUSPECT).exists()


def forget_suspicion(path: Path) -> None:
    """Take in that a database was examined."""
    _beside(path, _SUSPECT).unlink(missing_ok=True)


def log_of(path: Path) -> Path:
    """Return the write-ahead log of a database."""
    return _beside(path, "-wal")


def has_only_log(path: Path) -> bool:
    """Say whether the file is missing or empty while its log has content.

    SQLite would delete that log, with all the rows that are only there.
    """
    sizes = []
    for file in (path, log_of(path)):
        try:
            sizes.append(file.stat().st_size)
        except FileNotFoundError:
            sizes.append(0)
    return not sizes[0] and sizes[1] > _WAL_HEADER_BYTES


def set_aside(path: Path, reason: str) -> str:
    """Give a damaged database another name; return that in words.

    Raises:
        OSError: The folder cannot be written.
    """
    aside = free_name(path, f".damaged-{now():%Y%m%dT%H%M%SZ}")
    # First the note: whatever is interrupted from here on is taken over by the next start.
    with _beside(path, _UNSALVAGED).open("a", encoding="utf-8") as file:
        file.write(f"{aside.name}\n")
    # The database goes last: its log beside a fresh file would be played into that.
    for suffix in ("-wal", "-shm", ""):
        with suppress(FileNotFoundError):
            _beside(path, suffix).rename(_beside(aside, suffix))
    forget_suspicion(path)
    return (
        f"{path} was damaged ({reason}). It is kept as {aside.name} in the same folder, "
        "and a fresh one has begun"
    )


def take_over(path: Path, fresh: sqlite3.Connection, progress: Progress | None) -> list[str]:
    """Take over the rows of all databases that were set aside and not salvaged yet.

    Args:
        path: The database in use.
        fresh: The connection to it.
        progress: Called with words while it lasts.

    Returns:
        A sentence part for each: what came, or why nothing did.
    """
    note = _beside(path, _UNSALVAGED)
    try:
        names = note.read_text("utf-8", "replace").splitlines()
    except FileNotFoundError:
        return []
    from tui_chat.storage.recovery import salvage

    told: list[str] = []
    waiting = list(dict.fromkeys(name for name in names if name.startswith(path.name)))
    for name in list(waiting):
        report = _reporting(name, progress)
        try:
            result = salvage(path.with_name(name), fresh, report)
        except (sqlite3.Error, OSError) as error:
            reason = storage_error(error, path).summary
            log.error("%s was not salvaged: %s", name, error)
            told.append(
                f"what is in {name} is not taken over yet; the next start tries again: {reason}"
            )
            continue
        waiting.remove(name)
        told.append(result.words)
    if waiting:
        note.write_text("".join(f"{name}\n" for name in waiting), "utf-8")
    else:
        note.unlink(missing_ok=True)
    return told


def _reporting(name: str, progress: Progress | None) -> Callable[[int, int], None]:
    last = 0.0

    def report(done: int, total: int) -> None:
        nonlocal last
        if progress is not None and time.monotonic() - last >= _BETWEEN_WORDS_S:
            last = time.monotonic()
            share = f"{done * 100 // max(total, 1)} %"
            progress(f"recovering conversations from {name}: {share}")

    return report


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(f"{path.name}{suffix}")
