"""A conversation goes to another endpoint only after the user agreed: in the running chat."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.chat_app import ChatHarness, running_chat
from tests.fakes import FakeProvider, answer
from tests.session.endpoints.test_endpoint_consent import imported
from tests.session.test_services import PROFILES, configure
from tui_chat.config.paths import find_paths
from tui_chat.session.launch import Launch
from tui_chat.ui.models.profile_picker import ProfilePicker
from tui_chat.ui.models.send_elsewhere import SendElsewhere

if TYPE_CHECKING:
    from tui_chat.session.session import ChatSession


def launched(**flags: str) -> Launch:
    environment = dict(os.environ)
    return Launch(find_paths(environment), environment, flags)


async def asked_with(text: str = "secret?", **flags: str) -> None:
    """Have one turn in a chat of its own."""
    async with running_chat(FakeProvider(answer("Told.")), given=launched(**flags)) as chat:
        await chat.submit(text)
        await chat.idle()


def session_of(chat: ChatHarness) -> ChatSession:
    session = chat.chat.session
    assert session is not None
    return session


async def dialog(chat: ChatHarness) -> None:
    await chat.until(lambda: isinstance(chat.app.screen, SendElsewhere))


async def back(chat: ChatHarness) -> None:
    await chat.until(lambda: chat.app.screen is chat.chat)


async def elsewhere(chat: ChatHarness) -> None:
    """Open a conversation whose endpoint is gone."""
    hits = await chat.services.store.search("secret")
    await chat.chat.parts.conversations.open_at(hits[0].conversation_id, None)  # type: ignore[union-attr]
    await chat.until(lambda: session_of(chat).consent.is_missing)


@pytest.fixture
async def gone() -> None:
    """A conversation that was held with `two`, which leads to another host by now."""
    configure(PROFILES)
    await asked_with(profile="two")
    configure(PROFILES.replace("127.0.0.1:8", "127.0.0.1:7"))


@pytest.mark.usefixtures("gone")
async def test_the_start_shows_where_the_last_conversation_is() -> None:
    async with running_chat(given=launched()) as chat:
        await chat.seen("new · the last one stays with two (127.0.0.1:8) · ^O opens it")
        await chat.seen("m1 · one")
        await chat.pilot.press("ctrl+o")
        await chat.seen("secret?")
        await chat.pilot.press("enter")
        await chat.until(lambda: len(session_of(chat).path) == 2)


@pytest.mark.usefixtures("gone")
async def test_a_question_is_asked_about_once_and_kept_in_the_prompt_meanwhile() -> None:
    provider = FakeProvider(answer("Hello."))
    async with running_chat(provider, given=launched()) as chat:
        await elsewhere(chat)
        await chat.submit("more?")
        await dialog(chat)
        await chat.seen("2 messages of this conversation")
        assert "127.0.0.1:9" in chat.screen_text
        assert "with “two" in chat.screen_text
        await chat.pilot.press("escape")
        await back(chat)
        assert (provider.requests, chat.prompt.draft) == ([], "more?")
        assert len(session_of(chat).path) == 2

        await chat.pilot.press("y", "enter")
        await dialog(chat)
        await chat.pilot.press("y", "enter", "ctrl+y")
        await chat.idle()
        await chat.until(lambda: len(provider.requests) == 1)
        await chat.idle()
        assert [m.content for m in provider.requests[0].messages] == ["secret?", "Told.", "more?y"]

        await chat.submit("again?")
        await chat.until(lambda: len(provider.requests) == 2)
        await chat.idle()
    async with running_chat(FakeProvider(), given=launched()) as chat:
        assert len(session_of(chat).path) == 6
        assert session_of(chat).profile.name == "one"


@pytest.mark.usefixtures("gone")
@pytest.mark.parametrize("action", ["r", "e", "sum_up", "leave_out"])
async def test_every_key_that_sends_is_asked_about(action: str) -> None:
    provider = FakeProvider(answer("Hello."))
    async with running_chat(provider, given=launched()) as chat:
        await elsewhere(chat)
        if action in ("r", "e"):
            await chat.pilot.press("up", action)
            if action == "e":
                await chat.pilot.press("x", "enter")
        else:
            actions = chat.chat.parts
            assert actions is not None
            if action == "sum_up":
                chat.chat.action_command("sum_up")
            else:
                session = session_of(chat)
                view = actions.turns.view_of(session)
                chat.chat.host.begin_turn(session.regenerate(view))
        await dialog(chat)
        await chat.pilot.press("escape")
        await back(chat)
        assert provider.requests == []
        assert len(session_of(chat).tree) == 2


async def test_another_profile_is_asked_about_when_it_is_chosen() -> None:
    configure(PROFILES)
    await asked_with()
    provider = FakeProvider(answer("Hello."))
    async with running_chat(provider, given=launched()) as chat:
        for is_agreed in (False, True):
            await chat.pilot.press("ctrl+l")
            await chat.until(lambda: isinstance(chat.app.screen, ProfilePicker))
            await chat.seen("other-model")
            await chat.pilot.press("left", "down", "right", "enter")
            await dialog(chat)
            await chat.seen("127.0.0.1:8")
            await chat.pilot.press("ctrl+y" if is_agreed else "escape")
            await back(chat)
            await chat.until(lambda: not chat.chat.is_busy)
            assert session_of(chat).profile.name == ("two" if is_agreed else "one")
        await chat.submit("more?")
        await chat.until(lambda: len(provider.requests) == 1)
        await chat.idle()
        assert not isinstance(chat.app.screen, SendElsewhere)


async def test_an_import_is_asked_about() -> None:
    configure(PROFILES)
    conversation_id = imported(settings={})
    async with running_chat(given=launched()) as chat:
        assert session_of(chat).path == []
        parts = chat.chat.parts
        assert parts is not None
        await parts.conversations.open_at(conversation_id, None)
        await chat.submit("more?")
        await dialog(chat)
        await chat.seen("2 messages")


async def test_the_header_shows_profile_and_model_before_the_first_question() -> None:
    configure('profile = "a"\n[profiles.a]\nbase_url = "http://127.0.0.1:9/v1"\n')
    async with running_chat(given=launched()) as chat:
        await chat.seen("test-model · a")
    async with running_chat(given=launched(model="m7")) as chat:
        await chat.seen("m7 · a")


# What the command line asks


async def test_the_question_of_the_command_line_is_asked_in_a_new_conversation() -> None:
    configure(PROFILES)
    await asked_with()
    provider = FakeProvider(answer("Hello."))
    given = replace(launched(), question="Why is\nthe sky blue?")
    async with running_chat(provider, given=given) as chat:
        await chat.until(lambda: len(provider.requests) == 1)
        await chat.idle()
        assert [m.content for m in provider.requests[0].messages] == [given.question]
