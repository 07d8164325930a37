"""Durations of a turn do not depend on the wall clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tui_chat.core.turn_clock import TurnClock

BEGAN = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)


def test_durations_follow_the_monotonic_clock() -> None:
    seconds = 100.0
    clock = TurnClock(BEGAN, lambda: seconds)
    assert clock.now() == BEGAN
    seconds += 2.5
    assert clock.now() == BEGAN + timedelta(seconds=2.5)
