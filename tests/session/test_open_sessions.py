"""The registry holds one session per open conversation."""

from __future__ import annotations

import asyncio

import pytest

from tests.fakes import FakeProvider, Hold, RecordingView, answer
from tests.session.test_services import PROFILES, configure, opened
from tui_chat.core.errors import StorageError


async def test_a_conversation_has_one_session_until_it_is_closed() -> None:
    configure(PROFILES)
    async with opened() as services:
        sessions = services.sessions
        first = sessions.new()
        assert first is not None
        await first.run_turn("Hi?", RecordingView())
        assert sessions.get(first.conversation.id) is first
        assert await sessions.open(first.conversation) is first
        assert await sessions.last() is first

        await sessions.close(first)
        assert sessions.get(first.conversation.id) is None
        again = await sessions.open(first.conversation)
        assert again is not None
        assert again is not first
        assert [it.content for it in again.path] == ["Hi?", "Hello."]


async def test_closing_one_conversation_leaves_the_others_open_and_running() -> None:
    configure(PROFILES)
    hold = Hold()
    provider = FakeProvider([hold, *answer("Late.")])

    async with opened(lambda *_: asyncio.sleep(0, provider)) as services:
        running, other = services.sessions.new(), services.sessions.new()
        assert running is not None
        assert other is not None
        turn = asyncio.get_running_loop().create_task(running.run_turn("Hi?", RecordingView()))
        await hold.reached.wait()
        assert [it.turn is not None for it in (running, other)] == [True, False]

        await services.sessions.close(other)
        assert services.sessions.get(running.conversation.id) is running
        hold.go.set()
        assert (await turn).content == "Late."
        assert running.turn is None


async def test_a_closed_temporary_conversation_is_dropped() -> None:
    configure(PROFILES)
    async with opened() as services:
        session = await services.sessions.temporary()
        assert session is not None
        await session.run_turn("secret?", RecordingView())
        await services.sessions.close(session)
        with pytest.raises(StorageError):
            await session.save_draft("more")
        assert await services.store.conversation(session.conversation.id) is None


async def test_a_kept_temporary_conversation_is_saved_from_then_on() -> None:
    configure(PROFILES)
    async with opened() as services:
        session = await services.sessions.temporary()
        assert session is not None
        await session.run_turn("first", RecordingView())
        await services.sessions.keep(session)
        await session.run_turn("second", RecordingView())
        stored = await services.store.messages(session.conversation.id)
        assert [it.content for it in stored] == ["first", "Hello.", "second", "Hello."]
