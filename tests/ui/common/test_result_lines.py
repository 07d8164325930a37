from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from rich.cells import cell_len

from tests.catalogs import bracketed_texts
from tui_chat.core.conversation import Role
from tui_chat.storage.search.ranked_results import SearchHit
from tui_chat.storage.trash import TrashEntry
from tui_chat.ui.common.result_lines import hit_content, trash_content, when

NOW = datetime(2026, 5, 20, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("ago", "words"),
    [
        (timedelta(minutes=1), "11:59"),
        (timedelta(hours=13), "yesterday"),
        (timedelta(days=2), "Monday"),
        (timedelta(days=7), "2026-05-13"),
        (timedelta(days=400), "2025-04-15"),
    ],
)
def test_times_in_few_characters(ago: timedelta, words: str) -> None:
    assert when(NOW - ago, NOW) == words


@pytest.mark.parametrize(
    ("ago", "date"), [(13, "⟦yesterday⟧"), (48, "⟦Monday⟧"), (24 * 9, "2026-05-11")]
)
def test_every_text_of_a_line_is_looked_up(ago: int, date: str) -> None:
    moment = NOW - timedelta(hours=ago)
    hit = SearchHit("c", "", moment, False, "m", Role.USER, "why?")
    with bracketed_texts():
        line = hit_content(hit, (), 60, NOW).plain
        assert line.split() == ["⟦(draft)⟧", date, "⟦You:", "why?⟧"]
        for count, noun in ((1, "message"), (2, "messages")):
            entry = TrashEntry("c", "Sky", None, moment, count)
            head, below = trash_content(entry, (), 60, NOW).plain.split("\n")
            assert head.endswith(f"  ⟦deleted {date}⟧")
            assert below == f"  ⟦the conversation, {count} {noun}⟧"
            below = trash_content(replace(entry, beginning="blue"), (), 60, NOW).plain
            assert below.endswith(f"\n  ⟦{count} {noun} of it: blue⟧")


def test_wide_titles_and_dates_keep_their_columns() -> None:
    entry = TrashEntry("c", "天空" * 20, None, NOW - timedelta(hours=13), 1)
    head = trash_content(entry, (), 40, NOW).plain.split("\n")[0]
    assert cell_len(head) == 40
