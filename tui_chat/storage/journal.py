"""The journal: what the database did not take yet, in a small private file beside it.

Each process writes its own, as a whole each time and under its name only when it is complete, so a
kill at any moment leaves the last one. The next start takes in the journals of dead processes.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from tui_chat.core.conversation import (
    Conversation,
    Message,
    MessageStatus,
    Role,
    new_id,
    now,
    title_from,
)
from tui_chat.core.errors import StorageError
from tui_chat.storage.drafts import NOBODY, Draft, put_draft
from tui_chat.storage.journal_file import PARTIAL, SUFFIX, JournalFile
from tui_chat.storage.merge import ConversationMerger, revive, with_present_parents
from tui_chat.storage.row_mapping import (
    INSERT_CONVERSATION,
    IS_CHAT,
    IS_USED_HERE,
    SELECT_CONVERSATION,
    UPSERT_MESSAGE,
    Row,
    conversation_from,
    conversation_row,
    message_from,
    message_row,
    time_text,
)
from tui_chat.storage.writer_lock import is_alive, writers_folder

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence
    from pathlib import Path

EARLY: Final = "early"
"""Id of the conversation of a question that was asked before any was open."""
_IS_NEW: Final = "is_new"
_LATEST: Final = f"""
SELECT c.id FROM conversations AS c WHERE c.deleted_at IS NULL
  AND (c.leaf_id IS NOT NULL OR c.draft <> '' OR c.title <> '')
  AND {IS_CHAT} AND {IS_USED_HERE}
ORDER BY c.updated_at DESC, c.seq DESC LIMIT 1
"""  # noqa: S608 - names of our own


@dataclass(frozen=True, slots=True)
class Kept:
    """What a journal holds of one conversation."""

    conversation: Conversation
    """With what was stored of it when it was read; None there: it was never stored."""
    messages: Sequence[Message] = ()
    sent: str = ""
    """Id of the last question: it ended the draft that was older."""
    draft: tuple[str, str] | None = None
    """Version and text."""
    owner: str = NOBODY
    """Of the draft."""
    is_draft_alone: bool = False
    """Whether nothing is known of the conversation but its id and the draft."""


class Journal:
    """The journal of this process. Every method is a short piece of blocking work."""

    def __init__(self, database: Path) -> None:
        self._file = JournalFile(database)

    def write(self, entries: Sequence[Kept]) -> None:
        """Keep these entries in the place of all that was kept before; without any, no file.

        Raises:
            OSError: They are not kept; the earlier ones still are.
        """
        if entries:
            self._file.replace([_mapping(entry) for entry in entries])
        else:
            self._file.remove()

    def close(self) -> None:
        """Leave what is kept to the next start."""
        self._file.close()


def draft_alone(conversation_id: str, draft: tuple[str, str], owner: str) -> Kept:
    """Return the entry of a draft of which nothing else waits."""
    moment = now()
    blank = Conversation(conversation_id, moment, moment)
    return Kept(blank, draft=draft, owner=owner, is_draft_alone=True)


def _early(entry: dict[str, Any]) -> Kept:
    """Return a question that was kept before any conversation was open: session/early_question."""
    moment = datetime.fromisoformat(entry["created_at"])
    question = Message(str(entry["id"]), EARLY, None, Role.USER, str(entry["text"]), moment)
    conversation = Conversation(EARLY, moment, moment, settings={_IS_NEW: bool(entry["is_new"])})
    return Kept(conversation, [question])


def left_behind(database: Path) -> list[Path]:
    """Return the journals of processes that have ended, the oldest first.

    What such a process wrote only in part is removed; its last whole journal is there.
    """
    found = []
    for path in sorted(database.parent.glob(f"{database.name}{SUFFIX}*")):
        writer_id = path.name.removeprefix(f"{database.name}{SUFFIX}").removesuffix(PARTIAL)
        if is_alive(writers_folder(database), writer_id):
            continue
        if path.name.endswith(PARTIAL):
            path.unlink(missing_ok=True)
        else:
            found.append(path)
    return found


def read(path: Path) -> list[Kept]:
    """Return what a journal holds.

    Raises:
        StorageError: It cannot be read; the words name the file.
    """
    try:
        return [_kept(entry) for entry in json.loads(path.read_bytes())]
    except (OSError, ValueError, TypeError, KeyError, IndexError, StorageError) as error:
        raise StorageError(
            f"{path} holds messages that an earlier run could not save, and cannot be read: "
            f"{error}.",
            "Open it with an editor, or remove it.",
        ) from error


def merge_external_changes(
    connection: sqlite3.Connection, shared: ConversationMerger, kept: Kept
) -> int:
    """Write what a journal kept; nothing that is stored already gets shorter. In a transaction.

    Returns:
        How many messages are new or longer now.
    """
    if kept.conversation.id == EARLY:
        return _take_in_early(connection, shared, kept)
    if kept.is_draft_alone:
        connection.execute(INSERT_CONVERSATION, conversation_row(kept.conversation))
    else:
        shared.write(connection, kept.conversation)
    if kept.messages and kept.conversation.deleted_at is None:
        revive(connection, kept.conversation.id, kept.messages[0].parent_id)
    rooted = with_present_parents(connection, kept.messages)
    news = [_ended(message) for message in rooted if _is_news(connection, message)]
    connection.executemany(UPSERT_MESSAGE, [message_row(message, None) for message in news])
    if kept.sent:
        put_draft(connection, kept.conversation.id, Draft(kept.owner, kept.sent, ""))
    if kept.draft is not None:
        put_draft(connection, kept.conversation.id, Draft(kept.owner, *kept.draft))
    return len(news)


def _take_in_early(connection: sqlite3.Connection, shared: ConversationMerger, kept: Kept) -> int:
    """Write an early question with an empty answer that broke off, as a killed turn leaves it."""
    (question,) = kept.messages
    if not _is_news(connection, question):
        return 0
    row = None
    if not kept.conversation.settings[_IS_NEW]:
        row = connection.execute(_LATEST).fetchone()
    if row is None:
        conversation = replace(kept.conversation, id=new_id(), settings={})
    else:
        found = connection.execute(SELECT_CONVERSATION + "WHERE id = ?", row).fetchone()
        conversation = conversation_from(found)
    question = replace(
        question, conversation_id=conversation.id, parent_id=conversation.leaf_id or None
    )
    reply = replace(
        question,
        id=new_id(),
        parent_id=question.id,
        role=Role.ASSISTANT,
        content="",
        status=MessageStatus.INTERRUPTED,
    )
    conversation = replace(
        conversation,
        title=conversation.title or title_from(question.content),
        leaf_id=reply.id,
        updated_at=question.created_at,
    )
    return merge_external_changes(connection, shared, Kept(conversation, [question, reply])) - 1


def _is_news(connection: sqlite3.Connection, message: Message) -> bool:
    sql = "SELECT content, reasoning, status FROM messages WHERE id = ?"
    row = connection.execute(sql, (message.id,)).fetchone()
    if row is None:
        return True
    if message.role is not Role.ASSISTANT or row[2] == MessageStatus.COMPLETE.value:
        return False
    is_longer = len(message.content) + len(message.reasoning) > len(row[0]) + len(row[1])
    has_ended = row[2] == MessageStatus.STREAMING.value != message.status.value
    return message.content.startswith(row[0]) and (
        is_longer or has_ended or message.status is MessageStatus.COMPLETE
    )


def _ended(message: Message) -> Message:
    is_running = message.status is MessageStatus.STREAMING
    return replace(message, status=MessageStatus.INTERRUPTED) if is_running else message


def _mapping(kept: Kept) -> dict[str, Any]:
    stored = kept.conversation.stored
    return {
        "conversation": _row(kept.conversation),
        "stored": None if stored is None else _row(stored),
        "messages": [message_row(message, None) for message in kept.messages],
        "sent": kept.sent,
        "draft": kept.draft,
        "owner": kept.owner,
        "is_draft_alone": kept.is_draft_alone,
    }


def _row(conversation: Conversation) -> Row:
    """Return a conversation as it is selected: the moment of its import is not written again."""
    moment = time_text(conversation.created_at) if conversation.is_imported else None
    return (*conversation_row(conversation), moment)


def _kept(entry: dict[str, Any]) -> Kept:
    if "early" in entry:
        return _early(entry["early"])
    stored = entry["stored"]
    draft = entry["draft"]
    return Kept(
        conversation=replace(
            conversation_from(tuple(entry["conversation"])),
            stored=None if stored is None else conversation_from(tuple(stored)),
        ),
        messages=[message_from(tuple(row)) for row in entry["messages"]],
        sent=entry["sent"],
        draft=None if draft is None else (str(draft[0]), str(draft[1])),
        owner=entry["owner"],
        is_draft_alone=entry["is_draft_alone"],
    )
