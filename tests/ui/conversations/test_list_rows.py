from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tui_chat.storage.search.ranked_results import SearchHit
from tui_chat.ui.conversations.list_rows import Row, rows_of

NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)


def hit(days: float, *, is_pinned: bool = False, message_id: str | None = None) -> SearchHit:
    return SearchHit("id", "title", NOW - timedelta(days=days), is_pinned, message_id)


def headings(*hits: SearchHit) -> list[str]:
    rows = rows_of(hits, NOW, has_headings=True, has_two_lines=False)
    return [row.heading for row in rows if row.entry < 0]


def test_entries_are_grouped_by_pin_and_date() -> None:
    found = [hit(400, is_pinned=True), *(hit(days) for days in (0, 0.1, 1, 3, 6, 20, 40, 45, 400))]
    assert headings(*found) == [
        *("Pinned", "Today", "Yesterday", "Last 7 days", "Last 30 days"),
        *("2026-02", "2025-02"),
    ]
    # A clock that was set back.
    assert headings(hit(-2)) == ["Today"]


def test_a_day_begins_at_local_midnight() -> None:
    assert headings(hit(0.51)) == ["Yesterday"]
    assert headings(hit(0.49)) == ["Today"]


def test_rows_of_search_hits_and_of_a_narrow_list() -> None:
    found = [hit(0), hit(0, message_id="m")]
    wide = rows_of(found, NOW, has_headings=False, has_two_lines=False)
    assert wide == [Row(0, 0), Row(1, 0), Row(1, 1)]
    narrow = rows_of(found, NOW, has_headings=False, has_two_lines=True)
    assert [row[:2] for row in narrow] == [(0, 0), (0, 1), (1, 0), (1, 1)]
