"""Tool calls in the chat: shown, decided by deliberate keys, folded, found again."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from tests.chat_app import running_chat
from tests.fakes import FakeProvider, Hold, answer
from tests.ui.tools.calls import CONTROLS, HOSTILE, call, question, text_result
from tui_chat.core.stream_events import TextDelta
from tui_chat.core.tools.call import CallState, ResultKind, ResultPart
from tui_chat.core.tools.events import CallChanged, CallProgress
from tui_chat.core.tools.questions import Decision, Refuse, Run
from tui_chat.core.tools.tool import Tool
from tui_chat.ui.tools.call_block import CallBlock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from tests.chat_app import ChatHarness
    from tests.fakes import Step
    from tui_chat.core.tools.call import ToolCall
    from tui_chat.core.tools.questions import CallQuestion


class Clock:
    """The clock of the delay before an approval."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Waiting:
    """A chat in which calls wait for a decision."""

    def __init__(self, chat: ChatHarness, clock: Clock, hold: Hold) -> None:
        self.chat = chat
        self.clock = clock
        self.hold = hold
        self.decisions: list[asyncio.Task[Decision]] = []

    @property
    def blocks(self) -> list[CallBlock]:
        return list(self.chat.messages.query(CallBlock))

    async def ask(self, asked: CallQuestion) -> asyncio.Task[Decision]:
        waiting = self.chat.messages.waiting
        session = self.chat.chat.session
        assert session is not None
        assert session.turn is not None
        asked = replace(asked, message_id=session.turn.reply_id)
        task = asyncio.get_running_loop().create_task(waiting.decide(asked))
        self.decisions.append(task)
        await self.chat.until(lambda: any(it.is_waiting for it in self.blocks))
        return task

    async def press_later(self, *keys: str) -> None:
        self.clock.now += 60
        await self.chat.pilot.press(*keys)


@asynccontextmanager
async def calls_waiting(
    *calls: ToolCall, rest: Sequence[Step] = (), size: tuple[int, int] = (80, 24)
) -> AsyncIterator[Waiting]:
    hold = Hold()
    script: list[Step] = [
        TextDelta("Let me look."),
        *(CallChanged(it) for it in calls),
        hold,
        *rest,
    ]
    async with running_chat(
        FakeProvider([*script, *answer("\n\nIt is sunny.")]), size=size
    ) as chat:
        clock = Clock()
        chat.messages.waiting.clock = clock
        await chat.submit("How is the weather?")
        await hold.reached.wait()
        waiting = Waiting(chat, clock, hold)
        await chat.until(lambda: len(waiting.blocks) == len(calls))
        for it in calls:
            if it.state is CallState.PROPOSED:
                await waiting.ask(question(it))
        yield waiting
        hold.go.set()
        await chat.idle()
        for task in waiting.decisions:
            task.cancel()


async def test_a_call_waits_in_the_answer_and_takes_no_key_that_is_typed() -> None:
    async with calls_waiting(call()) as it:
        chat = it.chat
        await chat.seen("weather · get_weather")
        for words in ("city", '"Paris"', "The server claims: it only reads", "Enter run", "Tab"):
            assert words in chat.screen_text
        await chat.seen("get_weather waits for you: Tab")
        assert chat.prompt.has_focus

        await it.press_later("a", "e", "n", "o", "enter")
        assert not it.decisions[0].done()
        assert chat.prompt.has_focus


async def test_a_deliberate_key_runs_the_call_but_not_at_once() -> None:
    async with calls_waiting(call()) as it:
        await it.press_later("up", "enter")
        await it.chat.seen("only just appeared")
        assert it.blocks[0].has_focus
        assert not it.decisions[0].done()

        await it.press_later("enter")
        assert await it.decisions[0] == Run()


async def test_letters_after_a_click_are_meant_for_the_prompt() -> None:
    async with calls_waiting(call()) as it:
        await it.chat.pilot.click(it.blocks[0], offset=(20, 3))
        assert it.blocks[0].has_focus
        await it.press_later("h", "a", "enter")
        await it.chat.seen("Letters typed here were ignored")
        assert not it.decisions[0].done()
        # The next letter after an arrow key is no typing.
        await it.press_later("up", "down")
        await it.press_later("a")
        assert await it.decisions[0] == Run(is_always=True)


async def test_each_of_several_calls_is_decided_by_itself() -> None:
    two, three = call("2", server="imitation"), call("3", name="delete_file", sent_name="d")
    async with calls_waiting(call("1"), two, three, size=(80, 50)) as it:
        chat = it.chat
        await chat.seen("imitation · get_weather")
        await chat.seen("3 tool calls wait for you: Tab")
        await it.press_later("tab")
        assert it.blocks[0].has_focus
        await it.press_later("enter")
        await it.press_later("down")
        assert it.blocks[1].has_focus
        await it.press_later("n")
        await chat.seen("Refuse imitation · get_weather")
        await chat.pilot.press(*"no", "enter")
        assert [await task for task in it.decisions[:2]] == [Run(), Refuse("no")]
        assert not it.decisions[2].done()
        assert "wait" in chat.status

        await chat.pilot.press("escape")
        await chat.idle()
        assert not any(block.is_waiting for block in it.blocks[:2])


async def test_edited_arguments_are_checked_and_run_after_another_key() -> None:
    async with calls_waiting(call()) as it:
        chat = it.chat
        await it.press_later("tab")
        await it.press_later("e")
        await chat.seen("take them over")
        await chat.pilot.press("x", "ctrl+s")
        await chat.seen("This is not JSON")
        await chat.pilot.press("backspace", "backspace", *', "c": 1}', "ctrl+s")
        await chat.seen("These arguments were edited by you.")
        assert not it.decisions[0].done()
        # The arguments have only just changed.
        await chat.pilot.press("enter")
        assert not it.decisions[0].done()
        await it.press_later("enter")
        assert await it.decisions[0] == Run(arguments='{"city": "Paris", "days": 2, "c": 1}')


async def test_what_a_server_writes_is_neither_markup_nor_control() -> None:
    hostile = call(server=HOSTILE, name=HOSTILE, arguments='{"a": "\x9b2J\u202e [bold]b[/bold]"}')
    done = call("2", CallState.DONE, result=text_result(HOSTILE * 3), note=HOSTILE)
    async with calls_waiting(hostile, size=(160, 50), rest=[CallChanged(done)]) as it:
        tool = Tool(HOSTILE, HOSTILE, HOSTILE * 3, {}, HOSTILE)
        await it.ask(question(hostile, tool=tool, has_changed=True))
        await it.chat.seen("Its description changed")
        it.hold.go.set()
        await it.chat.seen("It is sunny.")
        assert not CONTROLS & set(it.chat.screen_text)
        assert "[bold]b[/bold] $text" in it.chat.screen_text


async def test_a_finished_call_folds_between_the_texts_and_comes_back() -> None:
    running = call(state=CallState.RUNNING)
    lines = "\n".join(f"line {number}" for number in range(40))
    done = replace(running, state=CallState.DONE, result=text_result(lines))
    rest: list[Step] = [CallProgress("1", 2, 4, "half"), CallChanged(done)]
    async with calls_waiting(running, rest=rest, size=(80, 40)) as it:
        chat = it.chat
        it.hold.go.set()
        await chat.idle()
        await chat.seen("It is sunny.")
        rows = [row.strip(" ▎") for row in chat.screen_text.splitlines()]
        texts = [rows.index(text) for text in ("Let me look.", "It is sunny.")]
        head = next(i for i, row in enumerate(rows) if row.startswith("✓ weather · get_weather"))
        assert texts[0] < head < texts[1]
        assert "→ line 0" in chat.screen_text

        await it.press_later("up", "down")
        assert it.blocks[0].has_focus
        await it.press_later("enter")
        await chat.seen("line 12")
        await chat.pilot.press("o")
        await chat.seen("line 25")
        await chat.pilot.press("escape", "down")
        assert chat.prompt.has_focus


async def test_a_large_result_is_shown_in_pieces() -> None:
    big = ResultPart(ResultKind.TEXT, "0123456789\n" * 900_000)
    other = ResultPart(ResultKind.PICTURE, data=b"not a picture", mime="image/png")
    done = call(state=CallState.DONE, result=(big, other))
    async with calls_waiting(done) as it:
        it.hold.go.set()
        await it.chat.idle()
        await it.chat.seen("→ 0123456789")
        await it.press_later("up", "down", "enter")
        await it.chat.until(lambda: it.chat.screen_text.count("0123456789") > 10)
        await it.chat.pilot.press("o")
        await it.chat.seen("picture")
        await it.chat.pilot.press("enter")
        await it.chat.until(lambda: it.chat.screen_text.count("0123456789") > 10)
