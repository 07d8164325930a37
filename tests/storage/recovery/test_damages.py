"""Every damage of damages.py on a small database: the recovery finds at least what others read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.mostly_slow import mostly_slow
from tests.storage.recovery.damages import CONVERSATIONS, damages, fill, outcome

if TYPE_CHECKING:
    from pathlib import Path

    from tests.storage.recovery.damages import Harm

ALL = list(damages())
UNNOTICED = ("log gone", "log cut")
"""These files are consistent, only older: missing rows cannot be detected."""


Source = tuple["Path", dict[str, str]]


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> dict[bool, Source]:
    found: dict[bool, Source] = {}
    for is_log in (False, True):
        path = tmp_path_factory.mktemp("source") / "conversations.db"
        found[is_log] = (path, fill(path, turns=4, is_log=is_log))
    return found


@pytest.mark.parametrize(
    ("name", "is_log", "harm"),
    mostly_slow(ALL, quick=15, ids=lambda it: f"{ALL.index(it)} {it[0]}"),
)
def test_recovery_finds_what_any_reader_finds(
    sources: dict[bool, Source], name: str, is_log: bool, harm: Harm
) -> None:
    path, written = sources[is_log]

    it = outcome(name, harm, path, seed=7)

    assert it.missing(written) == set()
    assert len(it.by_store) >= len(it.by_pages)
    if len(it.by_store) < CONVERSATIONS * 8 and not name.startswith(UNNOTICED):
        assert any("damaged" in words or "skipped" in words for words in it.notices)


def test_there_are_fifty_damages() -> None:
    assert len(ALL) >= 50
