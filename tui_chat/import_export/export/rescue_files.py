"""Puts what no database took into files: one to read, one that can be brought in again."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tui_chat.core.conversation import now
from tui_chat.core.errors import StorageError
from tui_chat.import_export.export.formats import TranscriptFormat, written_together
from tui_chat.import_export.export.markdown import ending, speaker
from tui_chat.import_export.export.write_file import write_file

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui_chat.core.transcript import Transcript

_NAME: Final = "unsaved-%Y%m%dT%H%M%SZ"


def rescued(transcripts: Sequence[Transcript], reason: str, folder: Path) -> str:
    """Write conversations that could not be saved into files; return words that tell where.

    Args:
        transcripts: What could not be saved.
        reason: Why, in words; may be empty.
        folder: Where to put them; else in the folder for temporary files.

    Returns:
        Words for a person. Where no file can be written they hold everything; empty when there
        is nothing to save.
    """
    text = readable(transcripts)
    if not text:
        return ""
    why = f"Not everything could be saved. {reason}".strip()
    stem = now().strftime(_NAME)
    for place in (folder, Path(tempfile.gettempdir())):
        try:
            place.mkdir(mode=0o700, parents=True, exist_ok=True)
            to_read = write_file(place / f"{stem}.md", [text])
            pieces = written_together(transcripts, TranscriptFormat.JSON)
            to_bring_in = write_file(place / f"{stem}.json", pieces)
        except (StorageError, OSError):
            continue
        return f"{why} It is all in {to_read}\nTo bring it in again: tui-chat import {to_bring_in}"
    return f"{why} No file could be written either, so here it is:\n\n{text}"


def readable(transcripts: Sequence[Transcript]) -> str:
    """Return the shown paths and drafts as Markdown; empty when there is nothing in them."""
    parts: list[str] = []
    for transcript in transcripts:
        conversation = transcript.conversation
        said = [message for message in transcript.path if message.content or message.reasoning]
        if said or conversation.draft:
            parts.append(f"# {conversation.title or 'Conversation'}")
        for message in said:
            how = ending(message)
            parts.append(f"## {speaker(message)}{f' ({how})' if how else ''}")
            parts.append(message.content or message.reasoning)
        if conversation.draft:
            parts += ["## Not sent yet", conversation.draft]
    return "\n\n".join(parts) + "\n" if parts else ""
