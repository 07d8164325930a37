"""``tui-chat backup``."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from tui_chat.config.file_paths import PathKind, kind_of, refusals_as
from tui_chat.core.errors import StorageError
from tui_chat.import_export.export.write_file import already_exists
from tui_chat.storage.damage import database_error
from tui_chat.storage.migrations import back_up
from tui_chat.storage.read_only import connect_reading
from tui_chat.storage.sqlite_errors import is_damage, storage_error

if TYPE_CHECKING:
    from pathlib import Path

_BESIDE = ("", "-wal", "-shm", "-journal", ".suspect")


def back_up_into(database: Path, target: Path, *, is_replacing: bool) -> None:
    """Write a consistent copy of a database, also while others write to it.

    Args:
        database: What to copy; it must be there.
        target: The copy.
        is_replacing: Whether a file that is there may be written over.

    Raises:
        StorageError: There is no whole copy; what was in the place of it is still there.
    """
    with refusals_as(StorageError, target):
        _check_target(database, target, is_replacing=is_replacing)
    try:
        connection = connect_reading(database)
    except (sqlite3.Error, OSError) as error:
        raise database_error(error, database) from error
    with closing(connection):
        try:
            back_up(connection, target)
        except (sqlite3.Error, OSError) as error:
            if isinstance(error, sqlite3.Error) and is_damage(error):
                # What is damaged is what is copied.
                raise database_error(error, database) from error
            raise storage_error(error, target) from error


def _check_target(database: Path, target: Path, *, is_replacing: bool) -> None:
    kind = kind_of(target)
    if kind is PathKind.FOLDER:
        raise StorageError(f"{target} is a folder.", "Name a file in it.")
    own = [database.with_name(f"{database.name}{suffix}").resolve() for suffix in _BESIDE]
    if target.resolve() in own or (kind is PathKind.FILE and target.samefile(database)):
        raise StorageError(f"{target} belongs to the database itself.", "Give another name.")
    if kind is not PathKind.MISSING and not is_replacing:
        raise already_exists(target)
    # The copy grows under this name until it is whole.
    partial = target.with_name(f"{target.name}.partial")
    if partial.exists():
        raise StorageError(f"{partial} is in the way.", "Remove it, or give another name.")
