"""Lines of the conversation list: title and date, and an excerpt of the match."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from textual.content import Content

from tui_chat.core.conversation import Role
from tui_chat.core.search_query import find_matches, find_tags
from tui_chat.core.text.sanitize import sanitize_line

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from tui_chat.storage.search.ranked_results import SearchHit
    from tui_chat.storage.trash import TrashEntry

_FOUND: Final = "bold $text-accent"
_TAG: Final = "$text-secondary"
_QUIET: Final = "$foreground 60%"
_LONGEST: Final = 300
_INDENT: Final = "  "


def title_content(title: str, pieces: Sequence[str] = ()) -> Content:
    """Return a title with its tags and matches styled."""
    shown = sanitize_line(title, 200) or "(draft)"
    content = Content(shown)
    for start, end in find_tags(shown):
        content = content.stylize(_TAG, start, end)
    return _marked(content, pieces)


def hit_content(hit: SearchHit, pieces: Sequence[str], width: int, now: datetime) -> Content:
    """Return the lines of a search hit.

    Args:
        hit: The search hit.
        pieces: The search terms.
        width: Line width in cells.
        now: The current local time.
    """
    facts = ["pinned"] if hit.is_pinned and hit.message_id is None else []
    head = _head(title_content(hit.title, pieces), [*facts, when(hit.moment, now)], width)
    if hit.message_id is None:
        return head
    speaker = "You: " if hit.role is Role.USER else ""
    line = _marked(Content(sanitize_line(hit.line, _LONGEST)), pieces)
    below = Content.assemble(_INDENT, (speaker, _QUIET), line).truncate(width, ellipsis=True)
    return Content("\n").join([head, below])


def trash_content(entry: TrashEntry, pieces: Sequence[str], width: int, now: datetime) -> Content:
    """Return the lines of a trash entry."""
    deleted = f"deleted {when(entry.deleted_at, now)}"
    head = _head(title_content(entry.title, pieces), [deleted], width)
    count = f"{entry.message_count} message{'' if entry.message_count == 1 else 's'}"
    if entry.beginning is None:
        what = Content.styled(f"the conversation, {count}", _QUIET)
    else:
        line = _marked(Content(sanitize_line(entry.beginning, _LONGEST)), pieces)
        what = Content.assemble((f"{count} of it: ", _QUIET), line)
    below = Content.assemble(_INDENT, what).truncate(width, ellipsis=True)
    return Content("\n").join([head, below])


def when(moment: datetime, now: datetime) -> str:
    """Return a past time in a short form, in the time zone of `now`."""
    local = moment.astimezone(now.tzinfo)
    days = (now.date() - local.date()).days
    if days == 0:
        return local.strftime("%H:%M")
    if days == 1:
        return "yesterday"
    if days < 7:
        return local.strftime("%A")
    return local.strftime("%Y-%m-%d")


def _head(title: Content, facts: Sequence[str], width: int) -> Content:
    right = " · ".join(facts)
    room = max(8, width - len(right) - 2)
    name = title.truncate(room, ellipsis=True, pad=True)
    return Content.assemble(name, "  ", (right, _QUIET))


def _marked(content: Content, pieces: Sequence[str]) -> Content:
    for start, end in find_matches(content.plain, pieces):
        content = content.stylize(_FOUND, start, end)
    return content
