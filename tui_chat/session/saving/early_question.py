"""Journals a question that is asked before the database is open.

Its conversation is not known yet. After a crash, the next start recovers the question into the
conversation that would have been opened, unless its turn was saved.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from tui_chat.core.conversation import new_id, now
from tui_chat.storage.journal.journal_file import JournalFile

if TYPE_CHECKING:
    from tui_chat.session.launch import Launch

log = logging.getLogger(__name__)


class EarlyQuestion:
    """A question that waits for the database.

    Attributes:
        id: Of the question; its turn is asked with it.
        text: What is asked.
    """

    def __init__(self, launch: Launch, text: str) -> None:
        self.id = new_id()
        self.text = text
        self._is_new = bool(launch.is_new or launch.question or launch.response_format)
        self._file = None if launch.is_temporary else JournalFile(launch.paths.database)

    def keep(self) -> None:
        """Write the question to a journal. Blocks for a moment."""
        if self._file is None:
            return
        entry = {
            "id": self.id,
            "text": self.text,
            "created_at": now().isoformat(),
            "is_new": self._is_new,
        }
        try:
            self._file.replace([{"early": entry}])
        except OSError as error:
            log.warning("the early question is in memory only: %s", error)

    def forget(self) -> None:
        """Remove the journal: the turn is saved, or the text is a draft. Blocks for a moment."""
        if self._file is None:
            return
        try:
            self._file.remove()
        except OSError as error:
            log.warning("the journal still holds a saved question: %s", error)
        self._file.close()
