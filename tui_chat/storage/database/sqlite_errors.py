"""Classifies errors of SQLite and the file system, and translates them into StorageErrors."""

from __future__ import annotations

import errno
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tui_chat.config.file_paths import describe_path_error
from tui_chat.core.errors import StorageError
from tui_chat.core.labels import _

if TYPE_CHECKING:
    from collections.abc import Sequence

_DAMAGE: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_LOCKED: Final = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_REFUSED: Final = frozenset({sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_CANTOPEN})
_DISK_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})


class Damage(sqlite3.DatabaseError):
    """Damage of a database that SQLite does not detect."""


class DatabaseGone(StorageError):
    """The database was removed, or replaced by another file, while it was open."""


def is_index_damage(error: sqlite3.Error) -> bool:
    """Return whether only the search index is damaged; it can be rebuilt from the messages."""
    # Only a damaged FTS5 table fails with the bare constraint code.
    return code_of(error) in (sqlite3.SQLITE_CORRUPT_VTAB, sqlite3.SQLITE_CONSTRAINT)


def is_damage(error: sqlite3.Error) -> bool:
    """Return whether the file is damaged, or not a database at all."""
    if isinstance(error, Damage):
        return True
    return _kind_of(error) in _DAMAGE and not is_index_damage(error)


def is_locked(error: sqlite3.Error) -> bool:
    """Return whether the database was busy, so that a retry may succeed."""
    return _kind_of(error) in _LOCKED


def is_bad_text(error: sqlite3.Error) -> bool:
    """Return whether a stored text is not UTF-8: damage that SQLite does not detect."""
    return str(error).startswith("Could not decode to UTF-8")


def fetch_all(
    connection: sqlite3.Connection, sql: str, values: Sequence[Any] = ()
) -> list[tuple[Any, ...]]:
    """Return all rows of a query; replace bytes that are not UTF-8."""
    try:
        return connection.execute(sql, values).fetchall()
    except sqlite3.DatabaseError as error:
        if not is_bad_text(error):
            raise
    accept_bad_text(connection)
    return connection.execute(sql, values).fetchall()


def accept_bad_text(connection: sqlite3.Connection) -> None:
    """Replace bytes that are not UTF-8 from now on. Slower, so it is not the default."""
    connection.text_factory = lambda data: data.decode("utf-8", "replace")


def code_of(error: sqlite3.Error) -> int:
    """Return SQLite's extended result code; 0 for errors of the Python module itself."""
    code = getattr(error, "sqlite_errorcode", None)
    return code if isinstance(code, int) else 0


def storage_error(error: sqlite3.Error | OSError | ValueError, path: Path | None) -> StorageError:
    """Translate an error of SQLite or the file system.

    Args:
        error: The exception that was raised.
        path: The database file; None for a database in memory.
    """
    if not isinstance(error, sqlite3.Error):
        return _from_system(error, path)
    name = str(path) if path else _("the database in memory")
    kind = _kind_of(error)
    if kind == sqlite3.SQLITE_FULL or code_of(error) == sqlite3.SQLITE_IOERR_SHMSIZE:
        # The second is the memory shared with other programs: a file beside the database.
        return disk_full(name)
    if kind in _LOCKED:
        return locked(name)
    if kind in _REFUSED:
        return _refused(name, path)
    if kind in _DAMAGE or isinstance(error, Damage):
        return StorageError(
            _("{name} is damaged ({error}).").format(name=name, error=error),
            _("Restart tui-chat: it keeps the damaged file and recovers all readable messages."),
        )
    if kind == sqlite3.SQLITE_IOERR:
        return StorageError(
            _("The disk failed to read or write {name} ({error}).").format(
                name=name, error=_symbol_of(error)
            ),
            _("Check that the disk is connected and has free space."),
        )
    if kind == sqlite3.SQLITE_CONSTRAINT:
        return StorageError(
            _("{name} no longer contains the conversation this belongs to ({error}).").format(
                name=name, error=error
            ),
            _("It may have been removed in another window."),
        )
    return StorageError(
        _("{name} cannot be read or written: {error}.").format(name=name, error=error)
    )


def gone(path: Path) -> DatabaseGone:
    """Return the error for a file that is not the one that was opened."""
    if path.exists():
        return DatabaseGone(
            _("{path} was replaced by another file while tui-chat was running.").format(path=path),
            _("tui-chat switches to that file if it can; otherwise restart it."),
        )
    return DatabaseGone(
        _("{path} was removed while tui-chat was running.").format(path=path),
        _("Restore it, or restart tui-chat to create a new one."),
    )


def disk_full(name: str) -> StorageError:
    """Return the error for a full disk, quota or database."""
    return StorageError(
        _("The disk is full: {name} cannot be written.").format(name=name),
        _("Free some space on it."),
    )


def locked(name: str) -> StorageError:
    """Return the error for a database that another program keeps locked."""
    return StorageError(
        _("Another program keeps {name} locked.").format(name=name),
        _("Close it (another tui-chat, a backup, a database viewer) and try again."),
    )


def recovering(name: str) -> StorageError:
    """Return the error for a database that another tui-chat is recovering."""
    return StorageError(
        _("Another tui-chat is recovering {name}, which was damaged.").format(name=name),
        _("Wait until it has finished, and try again."),
    )


def _from_system(error: OSError | ValueError, path: Path | None) -> StorageError:
    named = path or Path(str(getattr(error, "filename", None) or _("the file")))
    if isinstance(error, OSError) and error.errno in _DISK_FULL:
        return disk_full(str(named))
    return StorageError(*describe_path_error(error, named))


def _refused(name: str, path: Path | None) -> StorageError:
    if path is None:
        return StorageError(_("{name} cannot be opened or written.").format(name=name))
    return StorageError(
        _("{name} cannot be opened or written.").format(name=name),
        _("Check the permissions of the file and of its folder {folder}.").format(
            folder=path.parent
        ),
    )


def _kind_of(error: sqlite3.Error) -> int:
    return code_of(error) & 0xFF


def _symbol_of(error: sqlite3.Error) -> str:
    return str(getattr(error, "sqlite_errorname", None) or error)
