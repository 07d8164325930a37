from __future__ import annotations

import pytest

from tui_chat.core import duty_cycle as share
from tui_chat.core.duty_cycle import DutyCycle


class Clock:
    """A clock that a test sets."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 100.0
        monkeypatch.setattr(share, "perf_counter", lambda: self.now)


def test_work_is_followed_by_a_pause_eight_times_as_long(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    work = DutyCycle()
    states = [(work.is_due, work.wait_s)]

    with work:
        clock.now = 100.5
    states.append((work.is_due, work.wait_s))
    clock.now = 104.5
    states.append((work.is_due, work.wait_s))

    assert states == [(True, 0), (False, 4), (True, 0)]


def _fails(work: DutyCycle, clock: Clock) -> None:
    with work:
        clock.now += 1
        raise ValueError("no")


def test_work_that_fails_counts_too(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    work = DutyCycle()
    with pytest.raises(ValueError, match="no"):
        _fails(work, clock)
    assert work.wait_s == 8
