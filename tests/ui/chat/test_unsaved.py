"""The screen while something cannot be saved."""

from __future__ import annotations

import asyncio
import errno
import os
import sqlite3
from contextlib import asynccontextmanager, closing
from typing import TYPE_CHECKING

from tests.chat_app import ChatHarness, launch, running_chat
from tests.fakes import FakeProvider, Hold, answer
from tests.session.full_disk import BIG, fill_disk, free_disk
from tui_chat.config.paths import find_paths
from tui_chat.core.stream_events import TextDelta
from tui_chat.session.services import Services
from tui_chat.storage.journal.journal_file import JournalFile
from tui_chat.ui.app import ChatApp
from tui_chat.ui.chat import show_external_changes as other_windows
from tui_chat.ui.messages.message_header import MessageHeader

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    import pytest

    from tui_chat.core.profile import Profile, Secret
    from tui_chat.session.launch import Launch


def marks(chat: ChatHarness) -> list[bool]:
    """Return of each message whether it is marked as not saved yet."""
    return [
        "not saved yet" in view.query_one(MessageHeader)._details
        for view in chat.messages.virtual_list.views
    ]


async def test_a_full_disk_is_reported_once_and_saving_resumes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(other_windows, "EVERY_S", 0.01)
    async with running_chat(FakeProvider(answer("An answer. " + BIG))) as chat:
        await fill_disk(chat.services.store)
        await chat.submit("Why?")
        await chat.idle()
        await chat.seen("(not saved yet)")
        assert chat.screen_text.count("Not saved") == 1
        # The question was small enough for the free rest of a page.
        assert marks(chat) == [False, True]
        assert (await chat.rows())[-1][1:] == ("", "streaming")

        await free_disk(chat.services.store)
        await chat.seen("Everything is saved again.")
        assert "not saved yet" not in chat.screen_text
        assert marks(chat) == [False, False]
        assert (await chat.rows())[-1][1:] == ("An answer. " + BIG, "complete")


async def test_the_title_tells_what_a_kill_would_lose(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_space(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    async with running_chat(FakeProvider(answer("An answer. " + BIG)), size=(100, 24)) as chat:
        await fill_disk(chat.services.store)
        with monkeypatch.context() as patch:
            patch.setattr(JournalFile, "replace", no_space)
            await chat.submit("Why is the sky blue? " * 10)
            await chat.seen("… (NOT SAVED: lost if tui-chat is killed)")
            await chat.idle()
        await free_disk(chat.services.store)
        assert await chat.services.write_buffer.catch_up()
        await chat.until(lambda: "NOT SAVED" not in chat.screen_text)


async def test_an_unsaved_choice_is_reported() -> None:
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


async def test_a_missing_database_is_shown_in_the_title() -> None:
    find_paths(os.environ).database.mkdir(parents=True)
    async with running_chat() as chat:
        await chat.seen("(in memory only)")
        await chat.submit("Why?")
        await chat.idle()
        await chat.seen("Why? (in memory only)")
        assert marks(chat) == [True, True]


async def test_a_question_to_a_locked_database_is_marked_until_it_is_saved() -> None:
    hold = Hold()
    script = [TextDelta("Half."), hold, *answer("")]
    async with running_chat(FakeProvider(answer("First."), script)) as chat:
        await chat.submit("before")
        await chat.idle()
        assert marks(chat) == [False, False]
        with closing(sqlite3.connect(find_paths(os.environ).database)) as other:
            other.execute("BEGIN IMMEDIATE")
            await chat.submit("while it is locked")
            await hold.reached.wait()
            await chat.seen("Half.")
            # A reply that streams is never complete on the disk: only the question is marked.
            await chat.until(lambda: marks(chat) == [False, False, True, False])
            assert "not saved yet" in chat.screen_text.splitlines()[0]
            await chat.pilot.press("escape")
            await chat.idle()
            await chat.until(lambda: marks(chat) == [False, False, True, True])
            other.rollback()
        await chat.until(lambda: not any(marks(chat)))
        assert [row[1] for row in await chat.rows()][2:] == ["while it is locked", "Half."]


class SlowStart:
    """An app whose conversations open only when a test lets them."""

    def __init__(self, provider: FakeProvider) -> None:
        self.go = asyncio.Event()
        self._provider = provider
        self.app = ChatApp(launch(), self._open)

    async def _open(self, launch: Launch, progress: Callable[[str], None]) -> Services:
        async def opener(profile: Profile, key: Secret | None) -> FakeProvider:
            return self._provider

        services = Services(launch, opener=opener, progress=progress)
        await self.go.wait()
        await services.open()
        return services

    @asynccontextmanager
    async def running(self) -> AsyncIterator[ChatHarness]:
        async with self.app.run_test(notifications=True) as pilot:
            yield ChatHarness(self.app, pilot)
            if self.app.is_running and self.go.is_set():
                await ChatHarness(self.app, pilot).chat.close_down()
        await self.app.close_services()


def journals() -> list[str]:
    database = find_paths(os.environ).database
    return [
        file.read_text(encoding="utf-8")
        for file in database.parent.glob(f"{database.name}.unsaved-*")
        if file.suffix != ".partial"
    ]


async def test_a_question_that_is_sent_before_the_conversations_are_open_is_asked_then() -> None:
    start = SlowStart(FakeProvider(answer("An answer.")))
    async with start.running() as chat:
        await chat.submit("an early question")
        assert chat.prompt.text == ""
        # On the disk before anything is open: a kill here loses nothing.
        await chat.until(lambda: any("an early question" in text for text in journals()))
        start.go.set()
        await chat.until(lambda: chat.chat.is_open)
        await chat.idle()
        await chat.seen("An answer.")
        assert [row[1] for row in await chat.rows()] == ["an early question", "An answer."]
        await chat.until(lambda: journals() == [])


async def test_escape_gives_an_early_question_back() -> None:
    start = SlowStart(FakeProvider(answer("An answer.")))
    async with start.running() as chat:
        await chat.submit("an early question")
        await chat.until(lambda: any("an early question" in text for text in journals()))
        await chat.pilot.press("escape")
        await chat.until(lambda: chat.prompt.text == "an early question")
        await chat.until(lambda: journals() == [])
        start.go.set()
        await chat.until(lambda: chat.chat.is_open)
        assert chat.prompt.text == "an early question"
        assert not chat.chat.is_busy


async def test_a_question_that_was_sent_before_a_kill_at_the_start_is_there_at_the_next() -> None:
    start = SlowStart(FakeProvider(answer("An answer.")))
    async with start.running() as chat:
        await chat.submit("an early question")
        await chat.until(lambda: any("an early question" in text for text in journals()))
        left = {
            file: file.read_bytes()
            for file in find_paths(os.environ).database.parent.glob("*.unsaved-*")
        }
        await chat.pilot.press("escape")
        await chat.until(lambda: journals() == [])
        chat.prompt.set_draft("")
        start.go.set()
        await chat.until(lambda: chat.chat.is_open)
    # As a kill leaves it: the file is there, and nobody holds it.
    for file, content in left.items():
        file.write_bytes(content)
    async with running_chat() as chat:
        await chat.seen("an early question")
        assert journals() == []
