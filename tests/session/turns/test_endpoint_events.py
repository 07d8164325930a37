"""A local model that was killed is started again, and the question waits for it."""

from __future__ import annotations

import os
import signal
from contextlib import aclosing

import pytest

from tests.fakes import PROFILE, FakeProvider, FakeProviders, RecordingView, answer
from tui_chat.config.paths import find_paths
from tui_chat.core.conversation import MessageStatus, new_conversation
from tui_chat.core.errors import Unreachable
from tui_chat.core.profile import Profile
from tui_chat.core.stream_events import TextDelta
from tui_chat.session.branches import is_continuable
from tui_chat.session.launch import Launch
from tui_chat.session.services import Services
from tui_chat.session.session import ChatSession
from tui_chat.storage.async_store import AsyncStore

LOCAL = Profile(name="local", base_url="", model="m", is_embedded=True)


async def asked(profile: Profile, provider: FakeProvider) -> tuple[MessageStatus, str]:
    store = await AsyncStore.open(None)
    session = ChatSession(
        new_conversation(), profile, store=store, providers=FakeProviders(provider)
    )
    reply = await session.run_turn("Hi?", RecordingView())
    await store.aclose()
    return reply.status, reply.content


async def test_a_request_is_retried_at_the_new_port_of_the_local_model() -> None:
    provider = FakeProvider([Unreachable("Nobody listens.")], answer("Hello."))
    assert await asked(LOCAL, provider) == (MessageStatus.COMPLETE, "Hello.")
    assert len(provider.requests) == 2


async def test_a_reply_with_content_is_not_retried() -> None:
    provider = FakeProvider([TextDelta("Hel"), Unreachable("Nobody listens.")], answer("Hello."))
    status, content = await asked(LOCAL, provider)
    assert (status is MessageStatus.COMPLETE, content) == (False, "Hel")
    assert len(provider.requests) == 1


async def test_a_remote_server_is_asked_once() -> None:
    provider = FakeProvider([Unreachable("Nobody listens.")], answer("Hello."))
    assert (await asked(PROFILE, provider))[0] is MessageStatus.FAILED
    assert len(provider.requests) == 1


async def test_a_reply_that_repeats_itself_is_stopped_kept_and_can_be_continued() -> None:
    loop = "I do not know what to say. "
    provider = FakeProvider([TextDelta(loop)] * 500, answer("Now I do."))
    async with aclosing(await AsyncStore.open(None)) as store:
        session = ChatSession(
            new_conversation(), LOCAL, store=store, providers=FakeProviders(provider)
        )
        stopped = await session.run_turn("Well?", RecordingView())
        assert stopped.status is MessageStatus.INTERRUPTED
        assert stopped.error_kind == "repeating"
        assert 1_200 <= len(stopped.content) < 1_500
        assert stopped.content == loop * (len(stopped.content) // len(loop))
        assert len(provider.requests) == 1, "it is not asked again"
        assert is_continuable(stopped)
        went_on = await session.continue_reply(stopped, RecordingView())
        assert went_on is not None
        assert went_on.status is MessageStatus.COMPLETE
        assert went_on.content == stopped.content + "Now I do."
        assert session.tree.get(stopped.id) == stopped


@pytest.mark.engine
@pytest.mark.slow
async def test_a_killed_local_model_restarts_for_the_next_question() -> None:
    env = dict(os.environ)
    services = Services(Launch(find_paths(env), env, {}))
    await services.open()
    async with aclosing(services):
        session = services.sessions.new()
        assert session is not None
        await session.run_turn("Say hi.", RecordingView())
        assert services._engine is not None
        pid = services._engine.pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        view = RecordingView()
        reply = await session.run_turn("Say hi again.", view)
    assert (reply.status, reply.error_text) == (MessageStatus.COMPLETE, None)
    assert reply.content
