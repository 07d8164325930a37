from __future__ import annotations

import stat
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from tui_chat.session.saving.trash_clock import TrashClock

if TYPE_CHECKING:
    from pathlib import Path

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
YEARS = timedelta(days=3650)


def confirmed(file: Path, *moments: datetime) -> list[datetime | None]:
    return [TrashClock(file).confirmed(moment) for moment in moments]


def test_a_start_is_confirmed_by_one_a_day_before(tmp_path: Path) -> None:
    file = tmp_path / "clock"
    days = [START + DAY * number for number in range(4)]
    assert confirmed(file, *days) == [None, *days[:3]]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_many_starts_a_day_are_one(tmp_path: Path) -> None:
    hours = [START + timedelta(hours=number) for number in range(60)]
    found = confirmed(tmp_path / "clock", *hours)
    assert found[:24] == [None] * 24
    assert found[24:48] == [START] * 24
    assert found[48:] == [START + DAY] * 12


def test_a_clock_that_jumps_ahead_confirms_nothing_for_a_day(tmp_path: Path) -> None:
    ahead = START + YEARS
    found = confirmed(
        tmp_path / "clock", START, ahead, ahead + DAY / 24, START + DAY / 2, START + DAY
    )
    # While it is ahead, only the start before the jump counts; set back, the others are forgotten.
    assert found == [None, START, START, None, START]


def test_a_clock_that_was_behind_confirms_nothing_later(tmp_path: Path) -> None:
    found = confirmed(tmp_path / "clock", START, START - YEARS, START + DAY, START + DAY * 2)
    assert found == [None, None, START - YEARS, START + DAY]


@pytest.mark.parametrize(
    "content", [b"", b"[1]", b"{}", b'"x"', b'["2026-01-01T00:00:00"]', b"\xff", b"[" * 99_999]
)
def test_a_broken_file_is_replaced(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "clock"
    file.write_bytes(content)
    assert confirmed(file, START, START + DAY) == [None, START]


def test_a_folder_that_cannot_be_written_confirms_nothing(tmp_path: Path) -> None:
    assert confirmed(tmp_path / "missing" / "clock", START, START + DAY) == [None, None]
