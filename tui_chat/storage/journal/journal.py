"""The journal: unsaved questions, replies and drafts in a small private file beside the database.

It holds what the database refused (full disk, lock) or has not got yet, in case the process is
killed. On a full disk it is in a temporary folder. Each process rewrites its own file atomically;
the next start applies the journals of dead processes (`journal_recovery`).
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from tui_chat.core.attachments import Attachment, AttachmentContent
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
from tui_chat.core.labels import _
from tui_chat.storage.attachments import (
    attachment_from,
    attachment_row,
    decoded,
    stored_text,
)
from tui_chat.storage.drafts import NOBODY, Draft, put_draft
from tui_chat.storage.journal.journal_file import (
    PARTIAL,
    SUFFIX,
    JournalFile,
    attached_file,
    attached_files,
    stray_attached_files,
)
from tui_chat.storage.journal.journal_places import is_private, spare_places
from tui_chat.storage.merge import ConversationMerger, undelete, without_missing_parents
from tui_chat.storage.message_parts import MessageParts, write_messages
from tui_chat.storage.row_mapping import (
    INSERT_CONVERSATION,
    IS_CHAT,
    IS_USED_HERE,
    SELECT_CONVERSATION,
    Row,
    conversation_from,
    conversation_row,
    message_from,
    message_row,
    time_text,
)
from tui_chat.storage.tool_calls import call_from, call_row
from tui_chat.storage.writer_lock import is_alive, writers_folder

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence
    from pathlib import Path

    from tui_chat.core.tools.call import ToolCall

EARLY: Final = "early"
"""ID of the conversation of a question that was asked before any was open."""
_IS_NEW: Final = "is_new"
_LATEST: Final = f"""
SELECT c.id FROM conversations AS c WHERE c.deleted_at IS NULL
  AND (c.leaf_id IS NOT NULL OR c.draft <> '' OR c.title <> '')
  AND {IS_CHAT} AND {IS_USED_HERE}
ORDER BY c.updated_at DESC, c.seq DESC LIMIT 1
"""  # noqa: S608 - names of our own


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """The unsaved parts of one conversation."""

    conversation: Conversation
    """Its `stored` is None if it was never saved."""
    messages: Sequence[Message] = ()
    sent: str = ""
    """ID of the last question; it ends older drafts."""
    draft: tuple[str, str] | None = None
    """Version and text."""
    owner: str = NOBODY
    """The owner of the draft."""
    is_draft_only: bool = False
    """True if only the ID and the draft of the conversation are known."""


class Journal:
    """The journal of this process. Methods block briefly; the file is created on first use."""

    def __init__(self, database: Path) -> None:
        self._file = JournalFile(database)

    def write(self, entries: Sequence[JournalEntry]) -> None:
        """Replace all entries; without entries, remove the file.

        Raises:
            OSError: The file still holds the earlier entries.
        """
        if entries:
            attached = {
                it.sha256: it.content.data
                for entry in entries
                for message in entry.messages
                for it in message.attachments
                if it.content is not None
            }
            self._file.replace([_mapping(entry) for entry in entries], attached)
        else:
            self._file.remove()

    def close(self) -> None:
        """Release the file; the next start applies the entries it holds."""
        self._file.close()


def draft_entry(conversation_id: str, draft: tuple[str, str], owner: str) -> JournalEntry:
    """Return the entry of a draft whose conversation has nothing else to save."""
    moment = now()
    blank = Conversation(conversation_id, moment, moment)
    return JournalEntry(blank, draft=draft, owner=owner, is_draft_only=True)


def _early(entry: dict[str, Any]) -> JournalEntry:
    """Parse a question that was asked before any conversation was open (session/early_question)."""
    moment = datetime.fromisoformat(entry["created_at"])
    question = Message(str(entry["id"]), EARLY, None, Role.USER, str(entry["text"]), moment)
    conversation = Conversation(EARLY, moment, moment, settings={_IS_NEW: bool(entry["is_new"])})
    return JournalEntry(conversation, [question])


def orphaned_journals(database: Path) -> list[Path]:
    """Return the journals of dead processes, oldest first; remove their partial files."""
    spare = [place for place in spare_places(database) if is_private(place.parent)]
    return [path for place in (database, *spare) for path in _orphaned_at(place)]


def _orphaned_at(place: Path) -> list[Path]:
    journals = []
    for path in sorted(place.parent.glob(f"{place.name}{SUFFIX}*")):
        writer_id = path.name.removeprefix(f"{place.name}{SUFFIX}").removesuffix(PARTIAL)
        if is_alive(writers_folder(place), writer_id):
            continue
        if path.name.endswith(PARTIAL):
            path.unlink(missing_ok=True)
        else:
            journals.append(path)
    kept = {file for journal in journals for file in attached_files(journal)}
    for writer_id, file in stray_attached_files(place):
        if file not in kept and not is_alive(writers_folder(place), writer_id):
            file.unlink(missing_ok=True)
    return journals


def remove_journal(path: Path) -> None:
    """Remove a journal that was applied, with its attachments.

    Raises:
        OSError: A file cannot be removed.
    """
    path.unlink()
    for file in attached_files(path):
        file.unlink(missing_ok=True)


def read(path: Path) -> list[JournalEntry]:
    """Return the entries of a journal.

    Raises:
        StorageError: The file cannot be read.
    """
    try:
        return [_kept(entry, path) for entry in json.loads(path.read_bytes())]
    except (OSError, ValueError, TypeError, KeyError, IndexError, StorageError) as error:
        raise StorageError(
            _("Unsaved messages of an earlier run cannot be read from {path}: {error}.").format(
                path=path, error=error
            ),
            _("Open the file in an editor, or remove it."),
        ) from error


def apply_entry(
    connection: sqlite3.Connection, shared: ConversationMerger, kept: JournalEntry
) -> int:
    """Write an entry, inside a transaction; no stored message gets shorter.

    Returns:
        The number of new or longer messages.
    """
    if kept.conversation.id == EARLY:
        return _apply_early(connection, shared, kept)
    if kept.is_draft_only:
        connection.execute(INSERT_CONVERSATION, conversation_row(kept.conversation))
    else:
        shared.write(connection, kept.conversation)
    if kept.messages and kept.conversation.deleted_at is None:
        undelete(connection, kept.conversation.id, kept.messages[0].parent_id)
    rooted = without_missing_parents(connection, kept.messages)
    changed = [_ended(message) for message in rooted if _is_new_or_longer(connection, message)]
    write_messages(connection, changed)
    if kept.sent:
        put_draft(connection, kept.conversation.id, Draft(kept.owner, kept.sent, ""))
    if kept.draft is not None:
        put_draft(connection, kept.conversation.id, Draft(kept.owner, *kept.draft))
    return len(changed)


def _apply_early(
    connection: sqlite3.Connection, shared: ConversationMerger, kept: JournalEntry
) -> int:
    """Write an early question with an empty interrupted reply, as a killed turn would leave it."""
    (question,) = kept.messages
    if not _is_new_or_longer(connection, question):
        return 0
    row = None
    if not kept.conversation.settings[_IS_NEW]:
        row = connection.execute(_LATEST).fetchone()
    if row is None:
        conversation = replace(kept.conversation, id=new_id(), settings={})
    else:
        latest = connection.execute(SELECT_CONVERSATION + "WHERE id = ?", row).fetchone()
        conversation = conversation_from(latest)
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
    return apply_entry(connection, shared, JournalEntry(conversation, [question, reply])) - 1


def _is_new_or_longer(connection: sqlite3.Connection, message: Message) -> bool:
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


def _mapping(kept: JournalEntry) -> dict[str, Any]:
    stored = kept.conversation.stored
    return {
        "conversation": _row(kept.conversation),
        "stored": None if stored is None else _row(stored),
        "messages": [message_row(message, None) for message in kept.messages],
        "calls": [
            call_row(message.id, call) for message in kept.messages for call in message.tool_calls
        ],
        "attachments": [
            [*attachment_row(message.id, it), it.content and stored_text(it.content)]
            for message in kept.messages
            for it in message.attachments
        ],
        "sent": kept.sent,
        "draft": kept.draft,
        "owner": kept.owner,
        "is_draft_alone": kept.is_draft_only,
    }


def _row(conversation: Conversation) -> Row:
    """Return a row of SELECT_CONVERSATION; the time of an import is only a flag here."""
    moment = time_text(conversation.created_at) if conversation.is_imported else None
    return (*conversation_row(conversation), moment)


def _kept(entry: dict[str, Any], path: Path) -> JournalEntry:
    if "early" in entry:
        return _early(entry["early"])
    stored = entry["stored"]
    draft = entry["draft"]
    return JournalEntry(
        conversation=replace(
            conversation_from(tuple(entry["conversation"])),
            stored=None if stored is None else conversation_from(tuple(stored)),
        ),
        messages=MessageParts(
            _attachments(entry.get("attachments", ()), path), _calls(entry.get("calls", ()))
        ).added_to([message_from(tuple(row)) for row in entry["messages"]]),
        sent=entry["sent"],
        draft=None if draft is None else (str(draft[0]), str(draft[1])),
        owner=entry["owner"],
        is_draft_only=entry["is_draft_alone"],
    )


def _calls(rows: Sequence[Sequence[Any]]) -> dict[str, tuple[ToolCall, ...]]:
    found: dict[str, tuple[ToolCall, ...]] = {}
    for row in rows:
        found[row[0]] = (*found.get(row[0], ()), call_from(tuple(row)))
    return found


def _attachments(rows: Sequence[Sequence[Any]], path: Path) -> dict[str, tuple[Attachment, ...]]:
    found: dict[str, tuple[Attachment, ...]] = {}
    for *row, text in rows:
        attachment = attachment_from(tuple(row))
        with suppress(FileNotFoundError):
            # If it is missing, the database may still have the bytes.
            data = attached_file(path, attachment.sha256).read_bytes()
            words = "" if not attachment.has_text else decoded(data) if text is None else text
            attachment = replace(attachment, content=AttachmentContent(data, words))
        found[row[0]] = (*found.get(row[0], ()), attachment)
    return found
