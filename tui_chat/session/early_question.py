"""A question that is asked before the database is open: kept in a file at once.

Its session, and so its conversation, is not known yet. The next start takes it in as the last
question of the conversation that would have been opened, unless its turn was saved after all.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from tui_chat.core.conversation import Message, Role, new_id, now
from tui_chat.storage.journal import EARLY, Journal, JournalEntry, early_conversation

if TYPE_CHECKING:
    from tui_chat.session.launch import Launch

log = logging.getLogger(__name__)


class EarlyQuestion:
    """A question that waits for the database.

    Attributes:
        id: Of the question; its turn is asked with it.
    """

    def __init__(self, launch: Launch, text: str) -> None:
        """Prepare; `keep` writes it."""
        self.id = new_id()
        self._text = text
        self._is_new = launch.response_format is not None
        self._journal = None if launch.is_temporary else Journal(launch.paths.database)

    def keep(self) -> None:
        """Write it into a journal. Blocks for a moment."""
        if self._journal is None:
            return
        message = Message(self.id, EARLY, None, Role.USER, self._text, now())
        try:
            self._journal.write([JournalEntry(early_conversation(is_new=self._is_new), [message])])
        except OSError as error:
            log.warning("the question is in memory only until its turn begins: %s", error)

    def forget(self) -> None:
        """Remove it: its turn is saved, or the text is in the prompt again. Blocks for a moment."""
        if self._journal is None:
            return
        try:
            self._journal.write([])
        except OSError as error:
            log.warning("a question that is saved stays in the journal: %s", error)
        self._journal.close()
