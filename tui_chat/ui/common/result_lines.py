"""Lines of the conversation list: title and date, and an excerpt of the match."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.cells import cell_len
from textual.content import Content

from tui_chat.core.conversation import Role
from tui_chat.core.labels import N_, _, ngettext
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
_WITH_MODEL: Final = 66
"""The width from which the model of a conversation is shown."""
_MODEL: Final = 24
_INDENT: Final = "  "
_WEEKDAYS: Final = (
    N_("Monday"),
    N_("Tuesday"),
    N_("Wednesday"),
    N_("Thursday"),
    N_("Friday"),
    N_("Saturday"),
    N_("Sunday"),
)


def title_content(title: str, pieces: Sequence[str] = ()) -> Content:
    """Return a title with its tags and matches styled."""
    shown = sanitize_line(title, 200) or _("(draft)")
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
    facts = [_("pinned")] if hit.is_pinned and hit.message_id is None else []
    if hit.model and width >= _WITH_MODEL:
        facts.append(sanitize_line(hit.model, _MODEL))
    head = _head(title_content(hit.title, pieces), [*facts, when(hit.moment, now)], width)
    if hit.message_id is None:
        return head
    line = _marked(Content(sanitize_line(hit.line, _LONGEST)), pieces)
    below = _filled_in(_("You: {text}") if hit.role is Role.USER else "{text}", line)
    below = Content.assemble(_INDENT, below).truncate(width, ellipsis=True)
    return Content("\n").join([head, below])


def narrow_hit_content(
    hit: SearchHit, pieces: Sequence[str], width: int, now: datetime, lead: tuple[str, str]
) -> Content:
    """Return the two lines of a search hit in a narrow list: the title; model and time, or excerpt.

    Args:
        hit: The search hit.
        pieces: The search terms.
        width: Line width in cells.
        now: The current local time.
        lead: Two cells before the title, and their style.
    """
    title = Content.assemble(lead, title_content(hit.title, pieces))
    if hit.message_id is not None:
        line = _marked(Content(sanitize_line(hit.line, _LONGEST)), pieces)
        below = Content.assemble(_INDENT, line)
    else:
        facts = [sanitize_line(hit.model, _MODEL), when(hit.moment, now)]
        below = Content.styled(_INDENT + " · ".join(filter(None, facts)), _QUIET)
    return Content("\n").join(
        [title.truncate(width, ellipsis=True), below.truncate(width, ellipsis=True)]
    )


def trash_content(entry: TrashEntry, pieces: Sequence[str], width: int, now: datetime) -> Content:
    """Return the lines of a trash entry."""
    deleted = _("deleted {when}").format(when=when(entry.deleted_at, now))
    head = _head(title_content(entry.title, pieces), [deleted], width)
    if entry.beginning is None:
        whole = ngettext(
            "the conversation, {count} message",
            "the conversation, {count} messages",
            entry.message_count,
        )
        what = Content.styled(whole, _QUIET)
    else:
        line = _marked(Content(sanitize_line(entry.beginning, _LONGEST)), pieces)
        part = ngettext(
            "{count} message of it: {text}",
            "{count} messages of it: {text}",
            entry.message_count,
            text="{text}",
        )
        what = _filled_in(part, line)
    below = Content.assemble(_INDENT, what).truncate(width, ellipsis=True)
    return Content("\n").join([head, below])


def when(moment: datetime, now: datetime) -> str:
    """Return a past time in a short form, in the time zone of `now`."""
    local = moment.astimezone(now.tzinfo)
    days = (now.date() - local.date()).days
    if days == 0:
        return local.strftime("%H:%M")
    if days == 1:
        return _("yesterday")
    if days < 7:
        return _(_WEEKDAYS[local.weekday()])
    return local.strftime("%Y-%m-%d")


def _head(title: Content, facts: Sequence[str], width: int) -> Content:
    right = " · ".join(facts)
    room = max(8, width - cell_len(right) - 2)
    name = title.truncate(room, ellipsis=True, pad=True)
    return Content.assemble(name, "  ", (right, _QUIET))


def _filled_in(label: str, text: Content) -> Content:
    """Return a quiet label with a text in place of `{text}`."""
    before, _name, after = label.partition("{text}")
    return Content.assemble((before, _QUIET), text, (after, _QUIET))


def _marked(content: Content, pieces: Sequence[str]) -> Content:
    for start, end in find_matches(content.plain, pieces):
        content = content.stylize(_FOUND, start, end)
    return content
