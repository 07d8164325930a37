"""``tui-chat list`` and ``tui-chat search``: print the saved conversations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from tui_chat.cli.conversations.output import local_time
from tui_chat.cli.conversations.resolve_id import short_ids
from tui_chat.core.labels import _
from tui_chat.core.search_query import split_query
from tui_chat.core.text.cell_width import cell_width, padded, truncated
from tui_chat.core.text.sanitize import sanitize_line
from tui_chat.import_export.export.markdown import author

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tui_chat.cli.conversations.output import Output
    from tui_chat.core.transcript import Transcript
    from tui_chat.storage.read_only import ListedConversation, Reader

_GAP: Final = "  "
_INDENT: Final = "          "
_CHARACTERS_BEFORE: Final = 40
_CHARACTERS_AFTER: Final = 100


@dataclass(frozen=True, slots=True)
class Excerpt:
    """The part of a message that contains the words of a search, in one line."""

    message_id: str
    role: str
    speaker: str
    text: str


def list_all(reader: Reader, output: Output, limit: int | None, *, in_trash: bool) -> None:
    """Write one line per conversation, the last used first."""
    found = reader.list_conversations(limit or -1, in_trash=in_trash)
    if not found:
        output.report(_("The trash is empty.") if in_trash else _("No conversation is saved yet."))
        return
    short = short_ids(reader.ids())
    rows = [_row(listed, short, output) for listed in found]
    if output.is_terminal:
        rows.insert(0, (_("ID"), _("LAST USED"), _("MESSAGES"), _("TITLE")))
    widths = [max(cell_width(row[column]) for row in rows) for column in range(3)]
    for name, used, count, title in rows:
        cells = (padded(name, widths[0]), padded(used, widths[1]), count.rjust(widths[2]), title)
        _write_line(_GAP.join(cells), output)


def list_json(reader: Reader, output: Output, limit: int | None, *, in_trash: bool) -> None:
    """Write all conversations as a JSON list."""
    output.json(
        [_record(listed) for listed in reader.list_conversations(limit or -1, in_trash=in_trash)]
    )


def search(reader: Reader, output: Output, words: str, limit: int | None) -> None:
    """Write one line per found conversation, and one with an excerpt."""
    found = reader.search(words, limit or -1)
    if not found:
        output.report(_("No match for “{words}”.").format(words=sanitize_line(words, 60)))
        return
    short = short_ids(reader.ids())
    for listed in found:
        name, used, _count, title = _row(listed, short, output)
        _write_line(_GAP.join((name, used, title)), output)
        if (match := _excerpt(reader, listed, words, output)) is not None:
            _write_line(f"{_INDENT}{match.speaker}: {match.text}", output)


def search_json(reader: Reader, output: Output, words: str, limit: int | None) -> None:
    """Write the found conversations as a JSON list."""
    records = []
    for listed in reader.search(words, limit or -1):
        match = _excerpt(reader, listed, words, output)
        message = None
        if match is not None:
            message = {"id": match.message_id, "role": match.role, "excerpt": match.text}
        records.append(_record(listed) | {"message": message})
    output.json(records)


def excerpt(transcript: Transcript, query: str) -> Excerpt | None:
    """Return an excerpt of the first message that contains all words.

    Messages of the visible path come first. Returns None if only the title matches.
    """
    words = [word.casefold() for word in split_query(query)]
    visible = {message.id for message in transcript.path}
    messages = [message for message in transcript.messages if message.deleted_at is None]
    for message in sorted(messages, key=lambda message: message.id not in visible):
        content = message.content.casefold()
        positions = [content.find(word) for word in words]
        if positions and min(positions) >= 0:
            text = _text_around(message.content, min(positions))
            return Excerpt(message.id, message.role.value, author(message), text)
    return None


def _text_around(content: str, position: int) -> str:
    start, end = max(0, position - _CHARACTERS_BEFORE), position + _CHARACTERS_AFTER
    text = sanitize_line(content[start:end])
    return f"{'…' if start else ''}{text}{'…' if end < len(content) else ''}"


def _write_line(line: str, output: Output) -> None:
    output.line(truncated(line, output.width) if output.width else line)


def _excerpt(
    reader: Reader, listed: ListedConversation, words: str, output: Output
) -> Excerpt | None:
    conversation = reader.conversation(listed.id)
    if conversation is None:
        return None
    # Redacted before it is truncated: a partial key would not be recognized.
    return excerpt(output.mask(reader.transcript(conversation)), words)


def _row(listed: ListedConversation, short: Mapping[str, str], output: Output) -> Sequence[str]:
    title = sanitize_line(output.mask.text(listed.title)) or _("(no title)")
    return short[listed.id], local_time(listed.updated_at), str(listed.message_count), title


def _record(listed: ListedConversation) -> dict[str, Any]:
    deleted = listed.deleted_at
    return {
        "id": listed.id,
        "title": listed.title,
        "created_at": listed.created_at.isoformat(),
        "updated_at": listed.updated_at.isoformat(),
        "deleted_at": deleted.isoformat() if deleted else None,
        "message_count": listed.message_count,
        "model": listed.model,
    }
