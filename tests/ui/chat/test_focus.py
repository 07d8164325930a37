"""The focus stays where the user works, and no stray key deletes, sends or changes anything."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from textual import events

from tests.chat_app import ChatHarness, running_chat
from tests.fakes import FakeProvider, Hold, Step, answer
from tests.ui.chat.asking import ask, told
from tui_chat.core.errors import CutOff
from tui_chat.core.stream_events import TextDelta
from tui_chat.ui.labels import LETTERS_IGNORED
from tui_chat.ui.messages.message_header import MessageHeader
from tui_chat.ui.messages.message_view import MessageView

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from textual.widget import Widget

    from tui_chat.core.request import CompletionRequest
    from tui_chat.core.stream_events import StreamEvent


def texts(chat: ChatHarness) -> list[str]:
    return [message.content for message in chat.messages.virtual_list.messages]


async def click(chat: ChatHarness, widget: Widget, times: int = 1) -> None:
    await chat.pilot.click(widget, offset=(4, 0), times=times)
    await chat.pilot.pause()


def header(chat: ChatHarness, index: int) -> MessageHeader:
    return chat.messages.virtual_list.views[index].query_one(MessageHeader)


async def is_focused(chat: ChatHarness, index: int) -> None:
    await chat.until(lambda: chat.messages.focused_index == index)


@pytest.mark.parametrize("index", [0, 1])
@pytest.mark.parametrize("on_body", [False, True])
async def test_typing_after_a_click_goes_to_the_prompt(index: int, on_body: bool) -> None:
    provider = FakeProvider(answer("one"))
    async with running_chat(provider) as chat:
        await ask(chat, "first")
        view = chat.messages.virtual_list.views[index]
        await click(chat, view.query_one(".body") if on_body else header(chat, index))
        assert chat.app.focused is chat.prompt
        await chat.pilot.press(*"docker")
        await chat.until(lambda: chat.prompt.text == "docker")
        assert texts(chat) == ["first", "one"]
        assert len(provider.requests) == 1


async def test_a_click_outside_of_the_screen_takes_no_focus() -> None:
    async with running_chat(FakeProvider(answer("one")), size=(60, 20)) as chat:
        # As after a resize, or from a terminal that reports what it likes.
        for kind in (events.MouseDown, events.MouseUp):
            chat.app.post_message(kind(None, 500, 2, 0, 0, 1, False, False, False, 500, 2))
            await chat.pilot.pause()
        await chat.pilot.press(*"text")
        assert chat.prompt.text == "text"


async def test_a_double_click_enters_the_messages_and_letters_change_nothing() -> None:
    provider = FakeProvider([TextDelta("one"), CutOff("It broke off.")])
    async with running_chat(provider) as chat:
        await ask(chat, "first")
        rows = await chat.rows()
        await click(chat, header(chat, 1), times=2)
        await is_focused(chat, 1)
        for key in (*"ddocerfuxarrow", "left_square_bracket", "right_square_bracket"):
            await chat.pilot.press(key)
            await chat.pilot.pause()
        await told(chat, LETTERS_IGNORED)
        assert not chat.chat.is_busy
        assert await chat.rows() == rows
        assert chat.prompt.text == ""
        assert len(provider.requests) == 1


async def test_after_a_double_click_an_arrow_key_lets_the_letters_work() -> None:
    async with running_chat(FakeProvider(answer("one"))) as chat:
        await ask(chat, "first", "second")
        await click(chat, header(chat, 2), times=2)
        await is_focused(chat, 2)
        await chat.pilot.press("y")
        await told(chat, "Copied the message")
        await chat.pilot.press("down", "up", "d")
        await chat.until(lambda: texts(chat) == ["first", "one"])


async def test_a_click_among_focused_messages_selects_and_guards_as_well() -> None:
    async with running_chat(FakeProvider(answer("one"))) as chat:
        await ask(chat, "first", "second")
        await chat.pilot.press("up")
        await is_focused(chat, 3)
        await click(chat, header(chat, 2))
        await is_focused(chat, 2)
        await chat.pilot.press("d")
        await told(chat, LETTERS_IGNORED)
        assert len(texts(chat)) == 4


async def test_keys_after_up_work_at_once() -> None:
    async with running_chat(FakeProvider(answer("one"))) as chat:
        await ask(chat, "first", "second")
        await click(chat, header(chat, 2), times=2)
        await chat.pilot.press("escape", "escape", "up", "k", "d")
        await chat.until(lambda: texts(chat) == ["first", "one"])


async def test_j_stays_on_the_last_message_and_the_next_key_is_its_key() -> None:
    async with running_chat(FakeProvider(answer("one"))) as chat:
        await ask(chat, "first")
        await chat.pilot.press("up", "j", "j", "y")
        await told(chat, "Copied the message")
        await is_focused(chat, 1)
        assert chat.prompt.text == ""


async def test_after_another_answer_the_focus_is_on_it() -> None:
    hold = Hold()
    provider = FakeProvider(answer("one"), answer("two"), [TextDelta("thr"), hold])
    async with running_chat(provider) as chat:
        await ask(chat, "first")
        await chat.pilot.press("up", "r")
        await chat.until(lambda: texts(chat) == ["first", "two"])
        await chat.idle()
        await is_focused(chat, 1)
        await chat.pilot.press("left_square_bracket")
        await chat.until(lambda: texts(chat) == ["first", "one"])
        await is_focused(chat, 1)
        # While it arrives as well.
        await chat.pilot.press("r")
        await chat.seen("thr")
        await is_focused(chat, 1)
        await chat.pilot.press("y")
        await told(chat, "Copied the message")
        await chat.pilot.press("escape")
        await chat.idle()
        await is_focused(chat, 1)
        assert chat.prompt.text == ""


@pytest.mark.slow
async def test_no_key_of_a_message_moves_the_focus_to_the_prompt_but_those_that_write() -> None:
    async with running_chat(FakeProvider(answer("# one\n\n```\nx\n```\n"))) as chat:
        await ask(chat, "first", "second", "third")
        await chat.pilot.press("up", "k", "k")
        await is_focused(chat, 3)
        for key in ("j", "k", "g", "G", "K", "J", "H", "L", "B", "N", "y", "Y", "1", "9", "c"):
            await chat.pilot.press(key)
            await chat.pilot.pause()
            assert isinstance(chat.app.focused, MessageView), key
        for key in ("x", "v", "o", "enter", "t", "d", "u", "left_square_bracket", "n"):
            await chat.pilot.press(key)
            await chat.idle()
            assert isinstance(chat.app.focused, MessageView), key
        assert chat.prompt.text == ""


async def test_undo_in_the_prompt_leaves_the_focus_there() -> None:
    async with running_chat(FakeProvider(answer("one"))) as chat:
        await ask(chat, "first", "second")
        await chat.pilot.press("up", "k", "d")
        await chat.until(lambda: texts(chat) == ["first", "one"])
        await told(chat, "in the prompt")
        await chat.pilot.press("escape", "ctrl+underscore")
        await chat.until(lambda: len(texts(chat)) == 4)
        await told(chat, "2 messages restored.")
        await chat.pilot.press("k")
        await chat.until(lambda: chat.prompt.text == "k")
        # They are not said to be back any longer than that is news.
        await chat.until(lambda: "restored" not in chat.status)


async def test_undo_in_the_prompt_undoes_the_latest_change_first() -> None:
    async with running_chat(FakeProvider(answer("one"))) as chat:
        await ask(chat, "first", "second")
        await chat.pilot.press(*"half", "shift+tab")
        await chat.until(lambda: chat.messages.focused_view is not None)
        await chat.pilot.press("G", "k", "d")
        await chat.until(lambda: texts(chat) == ["first", "one"])
        await chat.pilot.press("escape", *" more")
        await chat.pilot.press("ctrl+underscore")
        await chat.until(lambda: chat.prompt.text == "half")
        assert len(texts(chat)) == 2
        await chat.pilot.press("ctrl+underscore")
        await chat.until(lambda: len(texts(chat)) == 4)
        assert chat.prompt.text == "half"
        await chat.pilot.press("ctrl+underscore")
        await chat.until(lambda: chat.prompt.text == "")


async def test_the_state_describes_the_shown_messages() -> None:
    provider = FakeProvider(answer("one"), [TextDelta("tw"), CutOff("It broke off.")])
    async with running_chat(provider) as chat:
        await ask(chat, "first", "second")
        assert "regenerates" in chat.status
        await chat.pilot.press("up", "k", "d")
        await chat.until(lambda: texts(chat) == ["first", "one"])
        chat.chat.host.hide_notice()
        assert "regenerates" not in chat.status
        await chat.pilot.press("u")
        await chat.until(lambda: len(texts(chat)) == 4)
        chat.chat.host.hide_notice()
        assert "regenerates" in chat.status


async def test_a_recalled_question_keeps_its_changes() -> None:
    async with running_chat() as chat:
        await ask(chat, "first", "second")
        await chat.pilot.press(*"draft", "up", *" changed", "up", "down")
        assert chat.prompt.text == "second changed"
        await chat.pilot.press("down")
        assert chat.prompt.text == "draft"


async def test_a_hint_for_an_empty_prompt_is_removed_by_typing() -> None:
    async with running_chat(FakeProvider(answer("one"))) as chat:
        await ask(chat, "first")
        await chat.pilot.press("ctrl+n")
        await told(chat, "^N again: temporary")
        await chat.pilot.press("x")
        await chat.until(lambda: "again: temporary" not in chat.status)


async def test_a_notice_about_a_key_is_removed_by_the_next_action() -> None:
    async with running_chat(FakeProvider(answer("one"))) as chat:
        await ask(chat, "first", "second")
        await chat.pilot.press("up", "k", "d")
        await told(chat, "to the trash")
        await chat.pilot.press("u")
        await told(chat, "2 messages restored.")
        await chat.pilot.press("r")
        await chat.idle()
        assert "restored" not in chat.status


class SlowToStop(FakeProvider):
    """Takes its time to close a stream."""

    def __init__(self, *scripts: list[Step]) -> None:
        super().__init__(*scripts)
        self.may_stop = asyncio.Event()

    async def stream(self, request: CompletionRequest) -> AsyncGenerator[StreamEvent, None]:
        try:
            async for event in super().stream(request):
                yield event
        finally:
            await self.may_stop.wait()


async def test_a_question_that_waits_for_the_stopped_answer_keeps_the_chat_busy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    provider = SlowToStop([TextDelta("one"), Hold()], answer("two"))
    async with running_chat(provider) as chat:
        await chat.submit("first")
        await chat.seen("one")
        await chat.pilot.press("escape")
        await chat.submit("second")
        await chat.submit("third")
        await chat.seen("next: third")
        parts = chat.chat.parts
        assert parts is not None
        states: list[tuple[bool, int]] = []
        monkeypatch.setattr(
            parts.titles,
            "note_change",
            lambda: states.append((chat.chat.is_busy, len(provider.requests))),
        )
        provider.may_stop.set()
        await chat.until(lambda: texts(chat)[4:] == ["third", "two"])
        await chat.idle()
        # Between the two turns nothing else may take the place of the second.
        assert (False, 1) not in states
        assert texts(chat)[:4] == ["first", "one", "second", "two"]
