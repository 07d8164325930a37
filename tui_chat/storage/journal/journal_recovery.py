"""The part of the store that applies the journals of dead processes at start-up."""

from __future__ import annotations

import logging
from contextlib import suppress
from typing import TYPE_CHECKING

from tui_chat.core.errors import StorageError
from tui_chat.core.labels import ngettext
from tui_chat.storage.database.sqlite_errors import storage_error
from tui_chat.storage.database.transactions import DatabaseConnection
from tui_chat.storage.journal.journal import (
    JournalEntry,
    apply_entry,
    orphaned_journals,
    read,
    remove_journal,
)

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

_log = logging.getLogger(__name__)


class JournalRecovery(DatabaseConnection):
    """Applies journals; see journal.py."""

    notices: list[str]

    def recover_journals(self) -> int:
        """Apply and remove the journals of dead processes; return the number of messages saved.

        An unreadable journal is kept and reported in the notices.

        Raises:
            StorageError: The database cannot be written; the journals are kept.
        """
        if self.path is None:
            return 0
        try:
            journals = orphaned_journals(self.path)
        except OSError as error:
            raise storage_error(error, self.path) from error
        count = 0
        for path in journals:
            try:
                entries = read(path)
            except StorageError as error:
                _log.error("%s", error)
                self.notices.append(error.message)
                continue
            count += self._apply(entries)
            # If it cannot be removed, the next start applies it again, without effect.
            with suppress(OSError):
                remove_journal(path)
        if count:
            self.notices.append(
                ngettext(
                    "Recovered {count} unsaved message of an earlier run.",
                    "Recovered {count} unsaved messages of an earlier run.",
                    count,
                )
            )
        return count

    def _apply(self, entries: Sequence[JournalEntry]) -> int:
        def work(connection: sqlite3.Connection) -> int:
            return sum(apply_entry(connection, self._merger, entry) for entry in entries)

        return self._write(work)
