"""Conversations are found by title."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.storage.build import asked
from tui_chat.core.conversation import now
from tui_chat.storage.store import Store

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conversations.conftest import Command


def save(database: Path, *titles: str, is_deleted: bool = False) -> None:
    with Store(database) as store:
        for title in titles:
            turn = asked(f"About {title}")
            deleted_at = now() if is_deleted else None
            conversation = replace(turn.conversation, title=title, deleted_at=deleted_at)
            store.add_turn(conversation, turn.question, turn.reply)


@pytest.mark.parametrize("command", ["export", "show"])
@pytest.mark.parametrize(
    ("words", "title"),
    [("hi", "hi"), ("Hi", "Hi"), ("HI", None), ("hi there", "hi there"), ("tHis", "this hi")],
)
def test_an_exact_title_wins(
    run: Command, database: Path, command: str, words: str, title: str | None
) -> None:
    save(database, "hi", "Hi", "hi there", "oh hi", "this hi")
    ran = run(command, *words.split())
    if title is None:
        assert ran.status == 1
        assert "2 titles" in ran.err
    else:
        assert ran.status == 0
        assert f"Found by its title: “{title}”" in ran.err


def test_duplicate_titles_are_listed(run: Command, database: Path) -> None:
    save(database, "hi", "hi", "hi there")
    ran = run("export", "hi")
    assert ran.status == 1
    assert "2 titles" in ran.err


def test_the_trash_is_searched_last(run: Command, database: Path) -> None:
    save(database, "hi there")
    save(database, "hi", is_deleted=True)
    assert "“hi there”" in run("export", "hi").err
