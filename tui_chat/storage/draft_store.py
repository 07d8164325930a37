"""The part of the store that saves drafts, with this process as their owner."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from tui_chat.core.conversation import Conversation, new_id, now
from tui_chat.storage.database.sqlite_errors import storage_error
from tui_chat.storage.database.transactions import DatabaseConnection
from tui_chat.storage.drafts import Draft, claim, claimable, joined, put_draft, release
from tui_chat.storage.row_mapping import INSERT_CONVERSATION, conversation_row, time_text
from tui_chat.storage.writer_lock import Writer, is_alive, writers_folder

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path

_IN_MEMORY: Final = "memory"


class DraftStore(DatabaseConnection):
    """Saves, claims and releases drafts; the rules are in drafts.py."""

    _writer: Writer | None = None

    def save_draft(self, conversation_id: str, draft: str, version: str | None = None) -> None:
        """Write this window's draft of a conversation.

        Creates the row of a conversation that is not saved yet. Writing a draft counts as using
        the conversation, clearing it does not.

        Args:
            conversation_id: The conversation.
            draft: The text of the prompt.
            version: An ID created when it was typed; None for now. Older versions are ignored.

        Raises:
            StorageError: The draft is not written.
        """
        moment = now()
        blank = conversation_row(Conversation(conversation_id, moment, moment))
        new = Draft(self.own_id(), version or new_id(), draft)

        def work(connection: sqlite3.Connection) -> None:
            if draft:
                connection.execute(INSERT_CONVERSATION, blank)
                connection.execute(
                    "UPDATE conversations SET updated_at = max(updated_at, ?) WHERE id = ?",
                    (time_text(moment), conversation_id),
                )
            put_draft(connection, conversation_id, new)

        self._write(work, is_flushed=False)

    def claim_draft(self, conversation_id: str) -> str:
        """Make this window the owner of a conversation's draft, and return the text.

        Drafts of other windows that still run are left alone.

        Raises:
            StorageError: The draft cannot be read or claimed.
        """
        has_owned = self.path is None or self._writer is not None
        own = self.own_id() if has_owned else None

        def found(connection: sqlite3.Connection) -> list[Draft]:
            return claimable(connection, conversation_id, own, partial(_is_alive, self.path))

        drafts = self._attempt(lambda: found(self._connection))
        if all(draft.owner == own for draft in drafts):
            return joined(drafts)
        owner = self.own_id()

        def work(connection: sqlite3.Connection) -> str:
            # Another window may have claimed it since.
            taken = found(connection)
            text = joined(taken)
            claim(connection, conversation_id, taken, Draft(owner, new_id(), text))
            return text

        return self._write(work, is_flushed=False)

    def release_draft(self, conversation_id: str) -> None:
        """Give up this window's draft, because the conversation is no longer open here.

        Raises:
            StorageError: The draft still belongs to this window.
        """
        if self._writer is None:
            return
        owner = self._writer.id
        self._write(
            lambda connection: release(connection, conversation_id, owner), is_flushed=False
        )

    def own_id(self) -> str:
        """Return the ID of this store as a writer of replies and drafts.

        Raises:
            StorageError: Its lock file cannot be created.
        """
        if self.path is None:
            return _IN_MEMORY
        if self._writer is None:
            try:
                self._writer = Writer(writers_folder(self.path))
            except OSError as error:
                raise storage_error(error, self.path) from error
        return self._writer.id


def _is_alive(path: Path | None, owner: str) -> bool:
    if path is None:
        return owner == _IN_MEMORY
    return is_alive(writers_folder(path), owner)
