"""What the screen says while something cannot be saved."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from tests.chat_app import running_chat
from tests.fakes import FakeProvider, answer
from tests.session.full_disk import BIG, fill_disk, free_disk
from tui_chat.config.paths import find_paths
from tui_chat.ui.chat import external_changes as other_windows

if TYPE_CHECKING:
    import pytest


async def test_a_full_disk_is_told_once_and_saving_goes_on_by_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(other_windows, "EVERY_S", 0.01)
    async with running_chat(FakeProvider(answer("An answer. " + BIG))) as chat:
        await fill_disk(chat.services.store)
        await chat.submit("Why?")
        await chat.idle()
        await chat.seen("(not saved yet)")
        assert chat.screen_text.count("Not saved") == 1
        assert (await chat.rows())[-1][1:] == ("", "streaming")

        await free_disk(chat.services.store)
        await chat.seen("Everything is saved again.")
        assert "not saved yet" not in chat.screen_text
        assert (await chat.rows())[-1][1:] == ("An answer. " + BIG, "complete")


async def test_a_choice_that_cannot_be_saved_is_told() -> None:
    async with running_chat() as chat:
        await chat.submit("Why?")
        await chat.idle()
        await fill_disk(chat.services.store)
        session = chat.chat.session
        assert session is not None
        await chat.pilot.press("up")
        await chat.pilot.press("e")
        await chat.until(lambda: chat.prompt.text == "Hello.")
        chat.prompt.set_draft(BIG)
        await chat.pilot.press("enter")
        await chat.seen("Not saved")
        assert [message.content for message in session.path] == ["Why?", BIG]
        await free_disk(chat.services.store)
        assert await chat.services.write_buffer.catch_up()
        assert [row[1] for row in await chat.rows()] == ["Why?", "Hello.", BIG]


async def test_without_a_database_the_title_says_so() -> None:
    find_paths(os.environ).database.mkdir(parents=True)
    async with running_chat() as chat:
        await chat.seen("(in memory only)")
        await chat.submit("Why?")
        await chat.idle()
        await chat.seen("Why? (in memory only)")
