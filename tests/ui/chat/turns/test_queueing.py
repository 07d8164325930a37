from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.chat_app import ChatHarness, launch, running_chat
from tests.fakes import FakeProvider, Hold, Step, answer
from tui_chat.core.conversation import Role
from tui_chat.core.errors import ServerFailed
from tui_chat.core.stream_events import Finished, Retrying, TextDelta

if TYPE_CHECKING:
    from pathlib import Path

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


async def test_files_wait_with_their_question(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("one")
    (tmp_path / "b.txt").write_text("two")
    hold = Hold()
    provider = FakeProvider(held_back("half", hold), answer("two"))
    async with running_chat(provider) as chat:
        assert chat.chat.parts is not None
        files = chat.chat.parts.attachments

        async def attach(name: str) -> None:
            files.attach(tmp_path / name)
            await chat.until(lambda: [it.name for it in files.files] == [name])

        await chat.submit("first")
        await chat.seen("half")
        await attach("a.txt")
        await chat.submit("second")
        await chat.until(lambda: line(chat).startswith("next: second · 1 file ↑"))
        assert files.is_empty
        await attach("b.txt")
        await chat.submit("")
        await chat.until(lambda: line(chat).startswith("next: second · 1 file +1 · ↑"))
        await chat.pilot.press("up")
        assert [it.name for it in files.files] == ["b.txt"]
        assert files.paths == (f"{tmp_path}/b.txt",)
        hold.go.set()
        await chat.until(lambda: len(provider.requests) == 2)
        await chat.idle()
        sent = provider.requests[1].messages[-1]
        assert (sent.content, [it.name for it in sent.attachments]) == ("second", ["a.txt"])


async def test_files_of_a_queued_question_are_read_again_after_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("one")
    hold = Hold()
    async with running_chat(FakeProvider(held_back("half", hold))) as chat:
        await chat.submit("first")
        await chat.seen("half")
        assert chat.chat.parts is not None
        chat.chat.parts.attachments.attach(path)
        await chat.until(lambda: chat.chat.parts.attachments.files)  # type: ignore[union-attr]
        await chat.submit("")
        await chat.until(lambda: line(chat).startswith("next: 1 file"))
    path.rename(tmp_path / "b.txt")
    provider = FakeProvider(answer("two"))
    async with running_chat(provider) as chat:
        await chat.until(lambda: line(chat).startswith("not asked yet: 1 file"))
        await chat.pilot.press("enter")
        # A long path wraps the words before it.
        await chat.seen("exist.")
        await chat.until(lambda: line(chat).startswith("not asked yet: 1 file"))
        (tmp_path / "b.txt").rename(path)
        await chat.pilot.press("enter")
        await chat.until(lambda: provider.requests)
        await chat.idle()
        assert [it.name for it in provider.requests[0].messages[-1].attachments] == ["a.txt"]


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
