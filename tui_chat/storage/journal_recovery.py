"""The part of a store that takes in what earlier runs could not save."""

from __future__ import annotations

import logging
from contextlib import suppress
from typing import TYPE_CHECKING

from tui_chat.core.errors import StorageError
from tui_chat.storage.journal import Kept, left_behind, merge_external_changes, read
from tui_chat.storage.sqlite_errors import storage_error
from tui_chat.storage.transactions import DatabaseConnection

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

_log = logging.getLogger(__name__)


class JournalRecovery(DatabaseConnection):
    """Takes in journals: see journal.py."""

    notices: list[str]

    def take_in_journals(self) -> int:
        """Take in the journals of dead processes and remove them; return how many messages came.

        A journal that cannot be read stays, and is named in the notices.

        Raises:
            StorageError: The database does not take it; the journals stay.
        """
        if self.path is None:
            return 0
        try:
            found = left_behind(self.path)
        except OSError as error:
            raise storage_error(error, self.path) from error
        count = 0
        for path in found:
            try:
                entries = read(path)
            except StorageError as error:
                _log.error("%s", error)
                self.notices.append(error.message)
                continue
            count += self._take_in(entries)
            # What is left in a file that cannot be removed is known at the next start.
            with suppress(OSError):
                path.unlink()
        if count:
            noun = "1 message" if count == 1 else f"{count} messages"
            self.notices.append(
                f"Saved now: {noun} of an earlier run that could not be saved then."
            )
        return count

    def _take_in(self, entries: Sequence[Kept]) -> int:
        def work(connection: sqlite3.Connection) -> int:
            return sum(merge_external_changes(connection, self._shared, entry) for entry in entries)

        return self._write(work)
