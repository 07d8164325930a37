"""Marks a damaged database, sets it aside at the next start, and starts its recovery.

Three files beside the database pass this on between processes: `.suspect` makes the next start
check the whole file, `.damaged-TIME` is a file that was set aside, and `.unsalvaged` lists those
whose rows are not recovered yet, so that a recovery that was killed or ran out of disk space is
repeated. The recovery itself is in `recovery.py`.
"""

from __future__ import annotations

import logging
import sqlite3
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from tui_chat.core.conversation import now
from tui_chat.core.labels import _
from tui_chat.storage.database.migrations import free_name
from tui_chat.storage.database.sqlite_errors import is_damage, storage_error

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tui_chat.core.errors import StorageError

    Progress = Callable[[str], None]

log = logging.getLogger(__name__)

_SUSPECT: Final = ".suspect"
_UNRECOVERED: Final = ".unsalvaged"
_REPORT_INTERVAL_S: Final = 0.25
_WAL_HEADER_BYTES: Final = 32


def database_error(error: sqlite3.Error | OSError | ValueError, path: Path | None) -> StorageError:
    """Return the StorageError for a failure of tui-chat's own database; mark a damaged file.

    Args:
        error: The exception that was raised.
        path: The database file; None for a database in memory.
    """
    if path is not None and isinstance(error, sqlite3.Error) and is_damage(error):
        mark_suspect(path)
    return storage_error(error, path)


def mark_suspect(path: Path) -> None:
    """Make the next start check the database."""
    try:
        _beside(path, _SUSPECT).touch(mode=0o600)
    except OSError as error:
        # A database in a read-only folder cannot be set aside either.
        log.warning("cannot mark %s as damaged: %s", path, error)


def is_suspect(path: Path) -> bool:
    """Return whether a database is marked as damaged."""
    return _beside(path, _SUSPECT).exists()


def is_being_recovered(path: Path) -> bool:
    """Return whether a process that is opening the database checks or recovers it."""
    return is_suspect(path) or _beside(path, _UNRECOVERED).exists()


def recovery_wait(path: Path, progress: Progress | None) -> Callable[[], bool]:
    """Return a function that reports a recovery by another process, and whether there is one.

    Without `progress` a wait without a time limit would have no visible reason.
    """
    began = time.monotonic()
    report = _throttled(progress)

    def is_recovering() -> bool:
        if progress is None or not is_being_recovered(path):
            return False
        seconds = int(time.monotonic() - began)
        text = _("another window is recovering a damaged database; waiting for it · {seconds} s")
        report(text.format(seconds=seconds))
        return True

    return is_recovering


def clear_suspect(path: Path) -> None:
    """Remove the mark after a check."""
    _beside(path, _SUSPECT).unlink(missing_ok=True)


def log_of(path: Path) -> Path:
    """Return the write-ahead log of a database."""
    return _beside(path, "-wal")


def has_only_log(path: Path) -> bool:
    """Return whether the file is missing or empty while its log has content.

    SQLite would delete such a log with all of its rows.
    """
    sizes = []
    for file in (path, log_of(path)):
        try:
            sizes.append(file.stat().st_size)
        except FileNotFoundError:
            sizes.append(0)
    return not sizes[0] and sizes[1] > _WAL_HEADER_BYTES


def set_aside(path: Path, reason: str) -> str:
    """Rename a damaged database; return a notice for the user.

    Raises:
        OSError: The folder cannot be written.
    """
    aside = free_name(path, f".damaged-{now():%Y%m%dT%H%M%SZ}")
    # First the list: if this process is killed from here on, the next start recovers the file.
    with _beside(path, _UNRECOVERED).open("a", encoding="utf-8") as file:
        file.write(f"{aside.name}\n")
    # The database last: SQLite would replay the old log into a new file.
    for suffix in ("-wal", "-shm", ""):
        with suppress(FileNotFoundError):
            _beside(path, suffix).rename(_beside(aside, suffix))
    clear_suspect(path)
    notice = _(
        "{path} was damaged ({reason}). It was kept as {name} in the same folder and replaced by a "
        "new database."
    )
    return notice.format(path=path, reason=reason, name=aside.name)


def recover_set_aside(
    path: Path, connection: sqlite3.Connection, progress: Progress | None
) -> list[str]:
    """Recover the rows of all databases that were set aside and not recovered yet.

    Args:
        path: The database in use.
        connection: The connection to it.
        progress: Called with a status text during the recovery.

    Returns:
        A notice for each file: the result, or the reason of the failure.
    """
    note = _beside(path, _UNRECOVERED)
    try:
        names = note.read_text("utf-8", "replace").splitlines()
    except FileNotFoundError:
        return []
    from tui_chat.storage.recovery.recover_rows import recover

    notices: list[str] = []
    pending = list(dict.fromkeys(name for name in names if name.startswith(path.name)))
    for name in list(pending):
        report = _percent_done(name, progress)
        try:
            result = recover(path.with_name(name), connection, report)
        except (sqlite3.Error, OSError) as error:
            reason = storage_error(error, path).summary
            log.error("%s was not recovered: %s", name, error)
            notice = _("{name} is not recovered yet; the next start tries again: {reason}")
            notices.append(notice.format(name=name, reason=reason))
            continue
        pending.remove(name)
        notices.append(result.notice)
    if pending:
        note.write_text("".join(f"{name}\n" for name in pending), "utf-8")
    else:
        note.unlink(missing_ok=True)
    return notices


def _percent_done(name: str, progress: Progress | None) -> Callable[[int, int], None]:
    throttled = _throttled(progress)

    def report(done: int, total: int) -> None:
        percent = done * 100 // max(total, 1)
        text = _("recovering conversations from {name}: {percent} %")
        throttled(text.format(name=name, percent=percent))

    return report


def _throttled(progress: Progress | None) -> Progress:
    last = 0.0

    def report(text: str) -> None:
        nonlocal last
        if progress is not None and time.monotonic() - last >= _REPORT_INTERVAL_S:
            last = time.monotonic()
            progress(text)

    return report


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(f"{path.name}{suffix}")
