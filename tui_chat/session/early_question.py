"""Journals a question that is asked before the database is open.

Its conversation is not known yet. After a crash, the next start recovers the question into the
conversation that would have been opened, unless its turn was saved.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from tui_chat.core.conversation import Message, Role, new_id, now
from tui_chat.storage.journal import EARLY, Journal, Kept, early_conversation

if TYPE_CHECKING:
    from tui_chat.session.launch import Launch

log = logging.getLogger(__name__)


class EarlyQuestion:
    """A question that waits for the database.

    Attributes:
        id: Of the question; its turn is asked with it.
    """

    def __init__(self, launch: Launch, text: str) -> None:
        """Create the question; `keep` writes it."""
        self.id = new_id()
        self._text = text
        self._is_new = launch.response_format is not None
        self._journal = None if launch.is_temporary else Journal(launch.paths.database)

    def keep(self) -> None:
        """Write the question to a journal. Blocks for a moment."""
        if self._journal is None:
            return
        message = Message(self.id, EARLY, None, Role.USER, self._text, now())
        try:
            self._journal.write([Kept(early_conversation(is_new=self._is_new), [message])])
        except OSError as error:
            log.warning("the early question is in memory only: %s", error)

    def forget(self) -> None:
        """Remove the journal: the turn is saved, or the text is a draft. Blocks for a moment."""
        if self._journal is None:
            return
        try:
            self._journal.write([])
        except OSError as error:
            log.warning("the journal still holds a saved question: %s", error)
        self._journal.close()
