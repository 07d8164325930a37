"""``tui-chat list`` and ``tui-chat search``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tui_chat.cli.conversations.cell_width import cell_width, cut, padded
from tui_chat.cli.conversations.excerpts import Excerpt, excerpt
from tui_chat.cli.conversations.output import Output, local
from tui_chat.cli.conversations.resolve_id import short_ids
from tui_chat.core.text.sanitize import sanitize_line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tui_chat.storage.read_only import ListedConversation, Reader

_GAP = "  "
_INDENT = "          "


def list_all(reader: Reader, output: Output, limit: int | None, *, in_trash: bool) -> None:
    """Write a line for each conversation, the one used last first."""
    found = reader.list_conversations(limit or -1, in_trash=in_trash)
    if not found:
        output.tell("The trash is empty." if in_trash else "No conversation is saved yet.")
        return
    short = short_ids(reader.ids())
    rows = [_row(listed, short, output) for listed in found]
    if output.is_terminal:
        rows.insert(0, ("ID", "LAST USED", "MESSAGES", "TITLE"))
    widths = [max(cell_width(row[column]) for row in rows) for column in range(3)]
    room = output.width
    for name, used, count, title in rows:
        cells = (padded(name, widths[0]), padded(used, widths[1]), count.rjust(widths[2]), title)
        line = _GAP.join(cells)
        output.line(cut(line, room) if room else line)


def list_json(reader: Reader, output: Output, limit: int | None, *, in_trash: bool) -> None:
    """Write all conversations as a JSON list."""
    output.json(
        [_record(listed) for listed in reader.list_conversations(limit or -1, in_trash=in_trash)]
    )


def search(reader: Reader, output: Output, words: str, limit: int | None) -> None:
    """Write what was found: a line for each conversation, and one with the words."""
    found = reader.search(words, limit or -1)
    if not found:
        output.tell(f"Nothing holds “{sanitize_line(words, 60)}”.")
        return
    short = short_ids(reader.ids())
    room = output.width
    for listed in found:
        name, used, _, title = _row(listed, short, output)
        line = _GAP.join((name, used, title))
        output.line(cut(line, room) if room else line)
        if (part := _excerpt(reader, listed, words, output)) is not None:
            line = f"{_INDENT}{part.speaker}: {part.text}"
            output.line(cut(line, room) if room else line)


def search_json(reader: Reader, output: Output, words: str, limit: int | None) -> None:
    """Write what was found as a JSON list."""
    records = []
    for listed in reader.search(words, limit or -1):
        part = _excerpt(reader, listed, words, output)
        message = None
        if part is not None:
            message = {"id": part.message_id, "role": part.role, "excerpt": part.text}
        records.append(_record(listed) | {"message": message})
    output.json(records)


def _excerpt(
    reader: Reader, listed: ListedConversation, words: str, output: Output
) -> Excerpt | None:
    conversation = reader.conversation(listed.id)
    if conversation is None:
        return None
    # Before it is cut: half a key could not be recognised.
    return excerpt(output.mask(reader.transcript(conversation)), words)


def _row(listed: ListedConversation, short: Mapping[str, str], output: Output) -> Sequence[str]:
    title = sanitize_line(output.mask.text(listed.title)) or "(no title)"
    return short[listed.id], local(listed.updated_at), str(listed.message_count), title


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
