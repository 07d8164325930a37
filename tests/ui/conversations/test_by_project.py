from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tui_chat.storage.search.ranked_results import SearchHit
from tui_chat.ui.conversations.list_rows import by_project, rows_of

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)


def hit(number: int, project: str = "", *, is_pinned: bool = False) -> SearchHit:
    moment = NOW - timedelta(minutes=number)
    return SearchHit(str(number), f"{number}", moment, is_pinned, project=project)


def test_projects_come_together_after_the_pinned_ones() -> None:
    found = [
        hit(0, "b", is_pinned=True),
        hit(1),
        hit(2, "b"),
        hit(3, "Today"),
        hit(4),
        hit(5, "b"),
    ]
    ordered = by_project(found)
    assert [it.title for it in ordered] == ["0", "2", "5", "3", "1", "4"]
    rows = rows_of(ordered, NOW, has_headings=True, has_two_lines=False, has_projects=True)
    shown = [row.heading or ordered[row.entry].title for row in rows]
    assert shown == ["Pinned", "0", "› b", "2", "5", "› Today", "3", "Today", "1", "4"]
