from __future__ import annotations

from dataclasses import replace

import pytest

from tests.chat_app import ChatHarness, launch, running_chat
from tests.fakes import FakeProvider, Hold, Step, answer
from tui_chat.core.conversation import Role
from tui_chat.core.errors import ServerFailed
from tui_chat.core.stream_events import Finished, Retrying, TextDelta

LINE = "#queue"


def line(chat: ChatHarness) -> str:
    widget = chat.chat.query_one(LINE)
    return f"{widget.left} {widget.right}" if widget.display else ""  # type: ignore[attr-defined]


async def questions(chat: ChatHarness) -> list[str]:
    return [row[1] for row in await chat.rows() if row[0] == Role.USER]


def held_back(text: str, hold: Hold) -> list[Step]:
    return [TextDelta(text), hold, Finished("stop")]


async def test_questions_wait_for_the_answer_and_keep_their_order() -> None:
    hold = Hold()
    provider = FakeProvider(held_back("half", hold), answer("two"), answer("three"))
    async with running_chat(provider) as chat:
        await chat.submit("first")
        await chat.seen("half")
        await chat.submit("second [b]")
        await chat.submit("third")
        await chat.pilot.press(*"typed")
        assert line(chat).startswith("next: second [b] +1 · ↑")
        hold.go.set()
        await chat.until(lambda: len(provider.requests) == 3)
        await chat.idle()
        assert await questions(chat) == ["first", "second [b]", "third"]
        assert [m.content for m in provider.requests[2].messages][-2:] == ["two", "third"]
        assert line(chat) == ""
        assert chat.prompt.text == "typed"
    async with running_chat() as chat:
        assert chat.prompt.text == "typed"


async def test_up_takes_the_last_one_back() -> None:
    hold = Hold()
    async with running_chat(FakeProvider(held_back("half", hold))) as chat:
        await chat.submit("first")
        await chat.seen("half")
        await chat.submit("second")
        await chat.submit("third")
        await chat.pilot.press("up")
        assert chat.prompt.text == "third"
        await chat.until(lambda: line(chat).startswith("next: second ↑"))
        hold.go.set()
        await chat.until(lambda: chat.messages.virtual_list.messages[-2].content == "second")
        await chat.idle()
        assert await questions(chat) == ["first", "second"]


@pytest.mark.parametrize(
    ("end", "words"),
    [(None, "held: second"), (ServerFailed("It failed."), "held, the answer failed: second")],
    ids=["stopped", "failed"],
)
async def test_they_are_held_after_a_stop_or_a_failure(end: Exception | None, words: str) -> None:
    hold = Hold()
    script: list[Step] = [hold, *([end] if end is not None else [])]
    provider = FakeProvider(script, answer("two"))
    async with running_chat(provider) as chat:
        await chat.submit("first")
        await chat.until(hold.reached.is_set)
        await chat.submit("second")
        if end is None:
            await chat.pilot.press("escape")
        hold.go.set()
        await chat.idle()
        await chat.until(lambda: line(chat).startswith(words))
        assert len(provider.requests) == 1
        await chat.pilot.press("enter")
        await chat.seen("two")
        await chat.idle()
        assert await questions(chat) == ["first", "second"]


async def test_they_are_saved_and_not_asked_by_the_next_start() -> None:
    given = launch()
    async with running_chat(FakeProvider([TextDelta("half"), Hold()]), given=given) as chat:
        await chat.submit("first")
        await chat.seen("half")
        await chat.submit("second")
    provider = FakeProvider(answer("two"))
    async with running_chat(provider, given=launch()) as chat:
        assert line(chat).startswith("not asked yet: second")
        assert provider.requests == []
        await chat.pilot.press("enter")
        await chat.seen("two")
        await chat.idle()
    async with running_chat() as chat:
        assert line(chat) == ""


async def test_they_are_asked_with_the_profile_they_were_typed_for() -> None:
    hold = Hold()
    async with running_chat(FakeProvider([hold, ServerFailed("No.")], answer("two"))) as chat:
        session = chat.chat.session
        assert session is not None
        first, other = session.profile, replace(session.profile, name="other")
        chat.services.profiles = [first, other]
        await chat.submit("first")
        await chat.until(hold.reached.is_set)
        await chat.submit("second")
        hold.go.set()
        await chat.until(lambda: line(chat).startswith("held, the answer failed"))
        await session.choose(other, "other-model")
        await chat.pilot.press("enter")
        await chat.seen("two")
        await chat.idle()
        assert (session.path[-1].profile, session.path[-1].model) == (first.name, "test-model")


async def test_enter_in_a_pause_queues_a_text_and_retries_without_one() -> None:
    hold = Hold()
    provider = FakeProvider(
        [Retrying(2, 5, 30.0, "rate-limited"), hold, *answer("one")], answer("two")
    )
    async with running_chat(provider) as chat:
        await chat.submit("first")
        await chat.seen("rate-limited")
        await chat.submit("second")
        assert provider.retries_asked == 0
        assert line(chat).startswith("next: second")
        await chat.pilot.press("enter")
        assert provider.retries_asked == 1
        hold.go.set()
        await chat.seen("two")
        await chat.idle()
