from __future__ import annotations

import pytest

from tui_chat.core import share
from tui_chat.core.share import Share


def test_after_work_there_is_a_rest_of_eight_times_as_long(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(share, "perf_counter", lambda: now)
    work = Share()
    assert work.is_due
    assert not work.rest_s

    with work:
        now = 100.5
    assert not work.is_due
    assert work.rest_s == pytest.approx(4)

    now = 104.5
    assert work.is_due
    assert not work.rest_s


def test_work_that_fails_counts_too(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1.0
    monkeypatch.setattr(share, "perf_counter", lambda: now)
    work = Share()
    with pytest.raises(ValueError, match="no"), work:
        now = 2.0
        raise ValueError("no")
    assert work.rest_s == pytest.approx(8)
