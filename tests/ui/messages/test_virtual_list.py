from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from textual.app import App, ComposeResult

from tests.ui.bare import message, strips_of, until
from tui_chat.core.conversation import Message, MessageStatus, Role, new_id, now
from tui_chat.core.stream_events import ReasoningDelta, TextDelta
from tui_chat.core.turn import Turn
from tui_chat.ui.messages.message_markdown import MessageMarkdown
from tui_chat.ui.messages.message_view import MessageView
from tui_chat.ui.messages.mounted_window import MAX_MOUNTED
from tui_chat.ui.messages.virtual_list import VirtualList

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from textual.pilot import Pilot

    from tui_chat.ui.markdown.document import Document


def conversation(count: int) -> list[Message]:
    """Return messages of different heights in which every line is unique."""
    messages: list[Message] = []
    for number in range(count):
        role = Role.USER if number % 2 == 0 else Role.ASSISTANT
        lines = [f"message {number} line {line}" for line in range(1 + number * 7 % 13)]
        if number % 5 == 1:
            lines += [f"word{number}-{word}" for word in range(40)]
            text = "\n\n".join(lines[:3]) + "\n\n" + " ".join(lines[3:])
        else:
            text = "\n\n".join(lines)
        if number % 7 == 1:
            text += f"\n\n```python\ncode_{number} = 1\n```\n"
        messages.append(
            Message(
                id=new_id(),
                conversation_id="c",
                parent_id=messages[-1].id if messages else None,
                role=role,
                content=text,
                created_at=now(),
                model=f"model-{number}",
            )
        )
    return messages


def plain_view(message: Message, document: Document | None) -> MessageView:
    return MessageView(message, document=document)


class WindowApp(App[None]):
    """Shows a list whose last message may be a streaming reply."""

    def __init__(self) -> None:
        super().__init__()
        self.turn: Turn | None = None
        self.end = (True, 0)

    def compose(self) -> ComposeResult:
        yield VirtualList(self._new_view)

    def on_virtual_list_end_moved(self, event: VirtualList.EndMoved) -> None:
        self.end = (event.is_followed, event.new_messages)

    def _new_view(self, message: Message, document: Document | None) -> MessageView:
        view = plain_view(message, document)
        if self.turn is not None and self.turn.reply_id == message.id:
            view.grow(self.turn.snapshot())
        return view


class Harness:
    def __init__(self, app: WindowApp, pilot: Pilot[None]) -> None:
        self.app = app
        self.pilot = pilot
        self.window = app.query_one(VirtualList)

    @property
    def lines(self) -> list[str]:
        # The first row is padding, which does not scroll.
        strips = strips_of(self.pilot.app.screen)[1:]
        return [strip.text[:-1].rstrip() for strip in strips]

    def feed(self, event: TextDelta | ReasoningDelta) -> None:
        """Let a delta of the reply arrive, in the turn and then in the list, as a session does."""
        if self.app.turn is None:
            last = self.window.messages[-1]
            self.app.turn = Turn(last, last)
        self.app.turn.apply(event, now())
        self.window.feed(event)

    async def quiet(self) -> None:
        """Wait until nothing is being mounted any more."""
        async with asyncio.timeout(60):
            await self.pilot.pause()
            while self.window.is_filling:
                await self.pilot.pause()


@asynccontextmanager
async def running(count: int, size: tuple[int, int] = (60, 20)) -> AsyncIterator[Harness]:
    app = WindowApp()
    async with app.run_test(size=size) as pilot:
        harness = Harness(app, pilot)
        await harness.window.show(conversation(count))
        await harness.quiet()
        yield harness


async def test_the_end_is_shown_at_once() -> None:
    async with running(10_000) as chat:
        assert any("message 9999" in line for line in chat.lines)
        assert len(chat.window.views) <= MAX_MOUNTED


@pytest.mark.slow
@pytest.mark.parametrize(("step", "steps"), [(1, 15), (3, 15), (15, 25)])
async def test_nothing_jumps_while_scrolling_up_and_down(step: int, steps: int) -> None:
    async with running(120) as chat:
        mounted: set[str] = set()
        for direction in (-1, 1):
            for _ in range(steps):
                before = chat.lines
                y = chat.window.scroll_y
                chat.window.scroll_relative(y=direction * step, animate=False)
                await chat.quiet()
                after = chat.lines
                mounted.update(view.shown.id for view in chat.window.views)
                if direction < 0:
                    assert after[step:] == before[:-step], (direction, y)
                elif not chat.window.is_following:
                    assert after[:-step] == before[step:], (direction, y)
        assert len(mounted) > steps * step // 20
        assert len(chat.window.views) <= MAX_MOUNTED


async def test_scrolling_to_the_top_and_back_to_the_end() -> None:
    async with running(50) as chat:
        while chat.window.scroll_y > 0:
            chat.window.scroll_page_up(animate=False)
            await chat.quiet()
        assert any("message 0 line 0" in line for line in chat.lines)

        chat.window.follow()
        await chat.quiet()
        assert len(chat.window.views) <= MAX_MOUNTED + 8
        await chat.window.add(conversation(1), after=chat.window.messages[-1].id)
        await chat.quiet()
        assert chat.window.is_following


async def test_the_end_is_followed_from_far_above_also_while_it_grows() -> None:
    async with running(600) as chat:
        *path, last = chat.window.messages
        await chat.window.change([*path, replace(last, status=MessageStatus.STREAMING)])
        await chat.window.reveal(0)
        await chat.quiet()
        assert chat.lines[0].strip().startswith("You")
        chat.feed(TextDelta("\n\nlast words"))
        chat.window.follow()
        async with asyncio.timeout(60):
            while not chat.window.is_following:
                await chat.pilot.pause()
        await chat.quiet()
        assert chat.window.is_following
        assert "last words" in "\n".join(chat.lines)


async def test_any_message_can_be_revealed() -> None:
    async with running(1_000) as chat:
        for index in (500, 3, 998, 0, 250):
            view = await chat.window.reveal(index)
            await chat.quiet()
            assert view.shown is chat.window.messages[index]
            assert any(f"message {index} line 0" in line for line in chat.lines), index


async def test_a_live_answer_grows_while_it_is_out_of_sight() -> None:
    async with running(200) as chat:
        await chat.window.add([streaming_reply()], after=chat.window.messages[-1].id)
        chat.feed(TextDelta("the beginning, "))
        await chat.window.reveal(5)
        await chat.quiet()
        assert chat.window.mounted.last_view is None
        seen = chat.lines

        chat.feed(TextDelta("the middle, "))
        await chat.quiet()
        assert chat.lines == seen

        await chat.window.reveal(200)
        await chat.quiet()
        chat.feed(TextDelta("the end."))
        whole = "the beginning, the middle, the end."
        await until(chat.pilot, lambda: any(whole in line for line in chat.lines))


def streaming_reply() -> Message:
    return message(status=MessageStatus.STREAMING, model="live")


async def test_reasoning_streams_while_it_is_out_of_sight() -> None:
    async with running(200) as chat:
        await chat.window.add([streaming_reply()], after=chat.window.messages[-1].id)
        await chat.window.reveal(5)
        await chat.quiet()
        assert chat.window.mounted.last_view is None
        chat.feed(ReasoningDelta("a first thought, "))

        await chat.window.reveal(200)
        await chat.quiet()
        chat.feed(ReasoningDelta("and another"))
        await until(chat.pilot, lambda: "a first thought, and another" in "\n".join(chat.lines))
        assert "▾ Thinking" in "\n".join(chat.lines)

        chat.feed(TextDelta("The answer."))
        await until(chat.pilot, lambda: "▸ Thought for" in "\n".join(chat.lines))
        await until(chat.pilot, lambda: "The answer." in "\n".join(chat.lines))


async def test_deltas_that_arrive_while_the_reply_is_being_mounted_are_shown() -> None:
    async with running(30) as chat:
        await chat.window.add([streaming_reply()], after=chat.window.messages[-1].id)
        await chat.window.reveal(0)
        await chat.quiet()
        assert chat.window.mounted.last_view is None
        number = 0
        while not chat.window.mounted.reaches_end:
            chat.feed(TextDelta(f"w{number} "))
            number += 1
            chat.window.scroll_relative(y=2, animate=False)
            await asyncio.sleep(0)
        chat.feed(TextDelta("end"))
        chat.window.follow()

        whole = " ".join(f"w{n}" for n in range(number)) + " end"
        await chat.quiet()
        body = chat.window.views[-1].query_one(MessageMarkdown)
        await until(chat.pilot, lambda: body.source == whole)


async def test_messages_below_count_as_new_when_they_grow() -> None:
    async with running(60) as chat:
        await chat.window.add([streaming_reply()], after=chat.window.messages[-1].id)
        chat.feed(TextDelta("one "))
        await chat.quiet()
        assert chat.app.end == (True, 0)

        await chat.window.reveal(3)
        await chat.quiet()
        assert chat.app.end == (False, 0)
        chat.feed(TextDelta("two "))
        chat.feed(TextDelta("three"))
        await until(chat.pilot, lambda: chat.app.end == (False, 1))

        chat.window.follow()
        await until(chat.pilot, lambda: chat.app.end == (True, 0))


async def test_a_narrower_window_keeps_the_line_at_the_top() -> None:
    async with running(200, size=(80, 20)) as chat:
        await chat.window.reveal(101)
        await chat.quiet()
        # Without the time of the message, which stays at the right end.
        top = next(line for line in chat.lines if line).split()[0]

        await chat.pilot.resize_terminal(50, 20)
        await chat.quiet()

        assert next(line for line in chat.lines if line).split()[0] == top
