"""``tui-chat backup``: writes a consistent copy of the database."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from tui_chat.config.file_paths import PathKind, path_errors_as, path_kind
from tui_chat.core.errors import StorageError
from tui_chat.core.labels import _
from tui_chat.import_export.export.write_file import already_exists
from tui_chat.storage.database.damage import database_error
from tui_chat.storage.database.migrations import back_up
from tui_chat.storage.database.sqlite_errors import is_damage, storage_error
from tui_chat.storage.read_only import connect_reading

if TYPE_CHECKING:
    from pathlib import Path

_SIDE_SUFFIXES = ("", "-wal", "-shm", "-journal", ".suspect")


def back_up_into(database: Path, target: Path, *, is_replacing: bool) -> None:
    """Write a consistent copy of a database, even while other processes write to it.

    Args:
        database: An existing database.
        target: The copy.
        is_replacing: Whether to overwrite an existing file.

    Raises:
        StorageError: The copy failed; an existing target is unchanged.
    """
    with path_errors_as(StorageError, target):
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
                # The source is damaged, not the copy.
                raise database_error(error, database) from error
            raise storage_error(error, target) from error


def _check_target(database: Path, target: Path, *, is_replacing: bool) -> None:
    kind = path_kind(target)
    if kind is PathKind.FOLDER:
        raise StorageError(_("{path} is a folder.").format(path=target), _("Choose a file in it."))
    own = [database.with_name(f"{database.name}{suffix}").resolve() for suffix in _SIDE_SUFFIXES]
    if target.resolve() in own or (kind is PathKind.FILE and target.samefile(database)):
        raise StorageError(
            _("{path} belongs to the database itself.").format(path=target),
            _("Choose another name."),
        )
    if kind is not PathKind.MISSING and not is_replacing:
        raise already_exists(target)
    # The copy has this name until it is complete.
    partial = target.with_name(f"{target.name}.partial")
    if partial.exists():
        raise StorageError(
            _("{path} already exists.").format(path=partial),
            _("Remove it, or choose another name."),
        )
