"""What the database did not take: at the end of the program tried again, else put in a file."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tui_chat.core.conversation import Message, MessageStatus, Role, now
from tui_chat.core.errors import StorageError
from tui_chat.storage.async_store import AsyncStore

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui_chat.core.conversation import Conversation

_ENDINGS = {
    MessageStatus.STREAMING: "not finished",
    MessageStatus.CANCELLED: "stopped",
    MessageStatus.FAILED: "failed",
    MessageStatus.INTERRUPTED: "interrupted",
}


@dataclass(frozen=True, slots=True)
class Rest:
    """What is not on the disk at the end of the program."""

    conversations: Sequence[tuple[Conversation, Sequence[Message]]]
    drafts: Sequence[str] = ()
    reason: str = ""
    """Why it could not be saved."""


async def moved_to_disk(memory: AsyncStore, path: Path) -> Rest:
    """Write all conversations of a store in memory into a database; return what it did not take.

    Args:
        memory: Used because the database could not be at the start of the program.
        path: That database; it may be usable by now.
    """
    found: list[tuple[Conversation, Sequence[Message]]] = []
    for summary in await memory.summaries(limit=-1):
        conversation = await memory.conversation(summary.id)
        if conversation is not None:
            found.append((conversation, await memory.messages(summary.id)))
    if not found:
        return Rest([])
    try:
        disk = await AsyncStore.open(path)
    except StorageError as error:
        return Rest(found, reason=error.words)
    try:
        while found:
            conversation, messages = found[0]
            await disk.add_messages(conversation, messages)
            await disk.save_conversation(conversation)
            found.pop(0)
    except StorageError as error:
        return Rest(found, reason=error.words)
    finally:
        await disk.aclose()
    return Rest([])


def rescued(rest: Rest, folders: Sequence[Path]) -> str:
    """Write what is left into a file; return words that tell where it is, or all of it.

    Empty when nothing is left.
    """
    text = transcript(rest)
    if not text:
        return ""
    why = f" {rest.reason}" if rest.reason else ""
    path = write_private(text, folders)
    if path is not None:
        return f"Not everything could be saved.{why} What is missing is in {path}"
    return f"Not everything could be saved, in no file at all.{why} This is missing:\n\n{text}"


def transcript(rest: Rest) -> str:
    """Return what is left as Markdown; empty when there is nothing in it."""
    parts: list[str] = []
    for conversation, messages in rest.conversations:
        said = [message for message in messages if message.content or message.reasoning]
        if said or conversation.draft:
            parts.append(f"# {conversation.title or 'Conversation'}")
        for message in said:
            parts += [f"## {_heading(message)}", message.content or message.reasoning]
        if conversation.draft:
            parts += ["## Not sent yet", conversation.draft]
    parts += [f"# Not sent yet\n\n{draft}" for draft in rest.drafts]
    return "\n\n".join(parts) + "\n" if parts else ""


def write_private(text: str, folders: Sequence[Path]) -> Path | None:
    """Write a text into a fresh file that only its owner can read.

    Args:
        text: What to write.
        folders: Where, the best first; the folder for temporary files comes after them.

    Returns:
        The file, or None when no folder took it.
    """
    for folder in (*folders, Path(tempfile.gettempdir())):
        path = _written(text, folder)
        if path is not None:
            return path
    return None


def _written(text: str, folder: Path) -> Path | None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        prefix = f"tui-chat-unsaved-{now():%Y%m%dT%H%M%SZ}-"
        # Made for its owner alone, and with a name that was free.
        number, name = tempfile.mkstemp(".md", prefix, folder)
    except OSError:
        return None
    path = Path(name)
    try:
        with os.fdopen(number, "w", encoding="utf-8", errors="replace") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        path.unlink(missing_ok=True)
        return None
    return path


def _heading(message: Message) -> str:
    if message.role is Role.USER:
        return "You"
    ending = _ENDINGS.get(message.status, "")
    name = message.model or message.profile or "Answer"
    return f"{name} ({ending})" if ending else name
