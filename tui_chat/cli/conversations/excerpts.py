"""The place in a conversation that holds the words of a search."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tui_chat.core.search_query import split_query
from tui_chat.core.text.sanitize import sanitize_line
from tui_chat.import_export.export.markdown import speaker

if TYPE_CHECKING:
    from tui_chat.core.transcript import Transcript

_BEFORE: Final = 40
_AFTER: Final = 100


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A piece of a message."""

    message_id: str
    role: str
    speaker: str
    text: str
    """In one line."""


def excerpt(transcript: Transcript, query: str) -> Excerpt | None:
    """Return a piece of the first message that holds all words; None when only the title does."""
    words = [word.casefold() for word in split_query(query)]
    shown = {message.id for message in transcript.path}
    kept = [message for message in transcript.messages if message.deleted_at is None]
    # The shown path comes first.
    for message in sorted(kept, key=lambda message: message.id not in shown):
        content = message.content.casefold()
        places = [content.find(word) for word in words]
        if places and min(places) >= 0:
            piece = _piece(message.content, min(places))
            return Excerpt(message.id, message.role.value, speaker(message), piece)
    return None


def _piece(content: str, place: int) -> str:
    start, end = max(0, place - _BEFORE), place + _AFTER
    piece = sanitize_line(content[start:end])
    return f"{'…' if start else ''}{piece}{'…' if end < len(content) else ''}"
