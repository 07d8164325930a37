"""What SQLite and the file system say, in words for a person."""

from __future__ import annotations

import errno
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tui_chat.config.file_paths import describe_path_error
from tui_chat.core.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Sequence

_DAMAGE: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_LOCKED: Final = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_REFUSED: Final = frozenset({sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_CANTOPEN})
_DISK_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})


class Damage(sqlite3.DatabaseError):
    """Damage of a database that SQLite itself does not see."""


class DatabaseGone(StorageError):
    """The database was removed, or replaced by another file, while it was open."""


def is_index_damage(error: sqlite3.Error) -> bool:
    """Say whether only the search index is damaged; it can be made anew from the messages."""
    # Our own tables never fail with the bare constraint code; FTS5 does, when it is damaged.
    return code_of(error) in (sqlite3.SQLITE_CORRUPT_VTAB, sqlite3.SQLITE_CONSTRAINT)


def is_damage(error: sqlite3.Error) -> bool:
    """Say whether the file itself is damaged or not a database at all."""
    if isinstance(error, Damage):
        return True
    return _kind_of(error) in _DAMAGE and not is_index_damage(error)


def is_locked(error: sqlite3.Error) -> bool:
    """Say whether the database was only busy; the same may work a moment later."""
    return _kind_of(error) in _LOCKED


def is_bad_text(error: sqlite3.Error) -> bool:
    """Say whether a stored text is not UTF-8: damage that SQLite itself does not see."""
    return str(error).startswith("Could not decode to UTF-8")


def fetched(
    connection: sqlite3.Connection, sql: str, values: Sequence[Any] = ()
) -> list[tuple[Any, ...]]:
    """Return all rows of a query; one letter that is none does not hide the others."""
    try:
        return connection.execute(sql, values).fetchall()
    except sqlite3.DatabaseError as error:
        if not is_bad_text(error):
            raise
    accept_bad_text(connection)
    return connection.execute(sql, values).fetchall()


def accept_bad_text(connection: sqlite3.Connection) -> None:
    """From now on have bytes that are no UTF-8 replaced; it costs time, so it is not the rule."""
    connection.text_factory = lambda data: data.decode("utf-8", "replace")


def code_of(error: sqlite3.Error) -> int:
    """Return SQLite's extended result code; 0 for errors of the Python module itself."""
    code = getattr(error, "sqlite_errorcode", None)
    return code if isinstance(code, int) else 0


def storage_error(error: sqlite3.Error | OSError | ValueError, path: Path | None) -> StorageError:
    """Return a failure of SQLite or of the file system in words.

    Args:
        error: What was raised.
        path: The database; None when it is in memory.
    """
    if not isinstance(error, sqlite3.Error):
        return _from_system(error, path)
    name = str(path) if path else "the memory of this program"
    kind = _kind_of(error)
    if kind == sqlite3.SQLITE_FULL:
        return disk_full(name)
    if kind in _LOCKED:
        return locked(name)
    if kind in _REFUSED:
        return _refused(name, path)
    if kind in _DAMAGE or isinstance(error, Damage):
        return StorageError(
            f"{name} is damaged ({error}).",
            "Start tui-chat again: the file is then set aside, not deleted, and everything that "
            "can still be read is taken over.",
        )
    if kind == sqlite3.SQLITE_IOERR:
        return StorageError(
            f"The disk failed to read or write {name} ({_symbol_of(error)}).",
            "Check that the disk is there and has free space.",
        )
    if kind == sqlite3.SQLITE_CONSTRAINT:
        return StorageError(
            f"{name} no longer holds what this belongs to ({error}).",
            "It may have been removed in another tui-chat.",
        )
    return StorageError(f"{name} could not be read or written: {error}.")


def gone(path: Path) -> DatabaseGone:
    """Return the failure of a file that is not the one that was opened."""
    if path.exists():
        return DatabaseGone(
            f"{path} was replaced by another file while tui-chat was running.",
            "tui-chat goes on in that file if it can; else start it again.",
        )
    return DatabaseGone(
        f"{path} was removed while tui-chat was running.",
        "Put it back, or start tui-chat again to begin a fresh one.",
    )


def disk_full(name: str) -> StorageError:
    """Return the failure of a full disk, quota or database."""
    return StorageError(f"The disk is full: {name} cannot be written.", "Free some space there.")


def locked(name: str) -> StorageError:
    """Return the failure of a database that somebody else keeps locked."""
    return StorageError(
        f"Another program keeps {name} locked.",
        "Close it (another tui-chat, a backup, a database viewer) and try again.",
    )


def _from_system(error: OSError | ValueError, path: Path | None) -> StorageError:
    named = path or Path(str(getattr(error, "filename", None) or "the file"))
    if isinstance(error, OSError) and error.errno in _DISK_FULL:
        return disk_full(str(named))
    return StorageError(*describe_path_error(error, named))


def _refused(name: str, path: Path | None) -> StorageError:
    folder = path.parent if path else "it"
    return StorageError(
        f"{name} cannot be opened or written.",
        f"Check the permissions of the file and of its folder {folder}.",
    )


def _kind_of(error: sqlite3.Error) -> int:
    return code_of(error) & 0xFF


def _symbol_of(error: sqlite3.Error) -> str:
    return str(getattr(error, "sqlite_errorname", None) or error)
