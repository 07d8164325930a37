from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tui_chat.ui.common.result_lines import when

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
