"""The rows of a list of conversations: headings of dates, and one or two rows per entry."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from tui_chat.core.labels import N_, _
from tui_chat.core.text.sanitize import sanitize_line
from tui_chat.storage.trash import TrashEntry

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui_chat.storage.search.ranked_results import SearchHit

_PINNED: Final = N_("Pinned")
_RECENT: Final = ((0, N_("Today")), (1, N_("Yesterday")), (6, N_("Last 7 days")),
                  (29, N_("Last 30 days")))  # fmt: skip
"""The age in days up to which a heading applies."""

_INSIDE_A_MONTH: Final = (2, 27)
"""Days that are in the same month in every time zone; conversion is slow."""


class Row(NamedTuple):
    """One row of the list."""

    entry: int
    """The index of the entry; -1 for a heading."""
    line: int
    """The row within the entry."""
    heading: str = ""


def rows_of(
    found: Sequence[SearchHit | TrashEntry],
    now: datetime,
    *,
    has_headings: bool,
    has_two_lines: bool,
    has_projects: bool = False,
) -> list[Row]:
    """Return the rows of entries.

    Args:
        found: The entries in their order.
        now: The current local time.
        has_headings: True for a list in the order of time.
        has_two_lines: True if each entry has a second row.
        has_projects: True if the entries are in the order of `by_project`.
    """
    rows: list[Row] = []
    heading, boundaries = "", _boundaries(now)
    for index, entry in enumerate(found):
        if has_headings and not isinstance(entry, TrashEntry):
            own = _PINNED if entry.is_pinned else _group(entry.moment, boundaries, now)
            shown = _(own)
            if has_projects and entry.project and not entry.is_pinned:
                # Unlike the headings of dates, which it may equal.
                own, shown = f"› {entry.project}", f"› {sanitize_line(entry.project, 40)}"
            if own != heading:
                heading = own
                rows.append(Row(-1, 0, shown))
        rows.append(Row(index, 0))
        if has_two_lines or isinstance(entry, TrashEntry) or entry.message_id is not None:
            rows.append(Row(index, 1))
    return rows


def by_project(found: Sequence[SearchHit]) -> list[SearchHit]:
    """Return conversations with those of each project together: pinned ones, projects, others.

    The project that was used last is first.
    """
    places: dict[str, int] = {}
    for entry in found:
        if entry.project and not entry.is_pinned:
            places.setdefault(entry.project, len(places))

    def place(entry: SearchHit) -> int:
        return -1 if entry.is_pinned else places.get(entry.project, len(places))

    return sorted(found, key=place)


def _boundaries(now: datetime) -> list[tuple[datetime, str]]:
    """Return the beginnings of the recent groups, latest first; computed once for all entries."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return [(midnight - timedelta(days=age), heading) for age, heading in _RECENT]


def _group(moment: datetime, boundaries: Sequence[tuple[datetime, str]], now: datetime) -> str:
    """Return the heading of a past time; a month for an old one."""
    for begin, heading in boundaries:
        if moment >= begin:
            return heading
    if not _INSIDE_A_MONTH[0] <= moment.day <= _INSIDE_A_MONTH[1]:
        moment = moment.astimezone(now.tzinfo)
    return f"{moment.year:04}-{moment.month:02}"
