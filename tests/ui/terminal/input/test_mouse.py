"""Clicks on what is not there any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import events

from tests.chat_app import running_chat

if TYPE_CHECKING:
    import pytest


async def test_a_click_on_a_removed_widget_is_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    async with running_chat() as chat:
        await chat.pilot.press("h", "i")
        # As between the removal of a message and the next frame: painted, without a parent.
        region = chat.prompt.region
        x, y = region.x, region.y
        down = events.MouseDown(chat.prompt, x, y, 0, 0, 1, False, False, False, x, y)
        with monkeypatch.context() as patched:
            patched.setattr(chat.prompt, "_parent", None)
            assert chat.chat.get_widget_and_offset_at(x, y)[0] is chat.prompt
            await chat.app.on_event(down)
        await chat.pilot.press("!")
        await chat.until(lambda: chat.prompt.text == "hi!")
