from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.ui.bare import BareApp, message
from tui_chat.core.conversation import MessageStatus, Role
from tui_chat.ui.messages.message_list import MessageList

if TYPE_CHECKING:
    from tui_chat.core.conversation import Message
    from tui_chat.ui.common.copying import CopyWanted

RAW = "Look:\x1b[2J\n\n```py\nprint(1)\n```\n\n```\ntwo\x1b[2J\n```\n"


class ListApp(BareApp):
    """Shows a list and writes down what it asks for."""

    def __init__(self) -> None:
        self.list = MessageList()
        super().__init__(self.list)
        self.copied: list[tuple[str, str]] = []
        self.told: list[str] = []
        self.bells = 0

    def on_copy_wanted(self, event: CopyWanted) -> None:
        self.copied.append((event.text, event.what))

    def on_message_list_left(self) -> None:
        self.told.append("left")

    def on_message_list_wanted(self, event: MessageList.Wanted) -> None:
        self.told.append(f"{event.action} {event.message.id}")

    def bell(self) -> None:
        self.bells += 1


def path(count: int = 3) -> list[Message]:
    messages = []
    for number in range(count):
        messages.append(message(Role.USER, f"question {number}"))
        messages.append(message(content=RAW, reasoning="hm" if number else ""))
    return messages


@pytest.fixture
def app() -> ListApp:
    return ListApp()


async def test_the_focus_walks_over_the_messages(app: ListApp) -> None:
    messages = path()
    async with app.run_test() as pilot:
        assert not app.list.enter()
        await app.list.show(messages)
        assert app.list.enter()
        await pilot.pause()
        places = []
        for key in ("k", "up", "j", "down", "g", "k", "G", "home", "end"):
            await pilot.press(key)
            await pilot.pause()
            places.append(app.list._focused_index)
        assert places == [4, 3, 4, 5, 0, 0, 5, 0, 5]
        await pilot.press("j")
        assert app.told == []
        assert app.list._focused_index == 5
        await pilot.press("down")
        assert app.told == ["left"]
        await pilot.press("i")
        assert app.told == ["left", "left"]


async def test_copies_are_raw(app: ListApp) -> None:
    async with app.run_test() as pilot:
        await app.list.show(path())
        app.list.enter()
        await pilot.pause()
        await pilot.press("y", "1", "2", "3", "9")
        await pilot.pause()
        assert app.copied[0] == (RAW, "message")
        assert app.copied[1] == ("print(1)", "code block 1")
        assert app.copied[2][1] == "code block 2"
        assert len(app.copied) == 3
        assert app.bells == 2


async def test_what_is_asked_of_the_screen(app: ListApp) -> None:
    messages = path()
    async with app.run_test() as pilot:
        await app.list.show(messages)
        app.list.enter()
        await pilot.pause()
        await pilot.press("r", "o", "v")
        await pilot.pause()
        assert app.told == [f"{it} {messages[-1].id}" for it in ("again", "leave_out", "details")]


async def test_reasoning_is_folded_by_enter(app: ListApp) -> None:
    async with app.run_test() as pilot:
        await app.list.show(path(2))
        app.list.enter()
        await pilot.pause()
        await pilot.press("enter")
        await pilot.pause()
        assert "▾ Thoughts" in app.text
        await pilot.press("enter")
        await pilot.pause()
        assert "▸ Thoughts" in app.text
        assert app.bells == 0
        await pilot.press("k", "enter")
        await pilot.pause()
        assert app.bells == 1


async def test_messages_without_text(app: ListApp) -> None:
    async with app.run_test() as pilot:
        await app.list.show([message(Role.USER, ""), message(status=MessageStatus.CANCELLED)])
        app.list.enter()
        await pilot.pause()
        await pilot.press("y", "1", "enter", "k", "y")
        await pilot.pause()
        assert app.copied == []
        assert app.bells == 4
