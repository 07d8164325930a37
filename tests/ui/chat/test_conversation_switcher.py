from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tests.chat_app import running_chat
from tests.fakes import FakeProvider, answer
from tests.ui.hand_timers import HandTimers
from tui_chat.core.profile import Profile
from tui_chat.ui.models.profile_picker import ProfilePicker

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pytest

    from tui_chat.core.conversation import Message


async def test_a_new_conversation_is_empty_in_every_part() -> None:
    async with running_chat(FakeProvider(answer("one"))) as chat:
        await chat.submit("hello")
        await chat.idle()
        assert "12 tokens in context" in chat.status
        await chat.pilot.press("ctrl+n")
        await chat.until(lambda: chat.chat.session and not chat.chat.session.path)
        await chat.seen("New conversation")
        assert chat.messages.virtual_list.messages == []
        assert "tokens" not in chat.status
        assert chat.app.focused is chat.prompt


async def test_several_new_ones_in_a_row_are_one() -> None:
    async with running_chat() as chat:
        await chat.pilot.press("ctrl+n", "ctrl+n", "ctrl+n", "h", "i", "enter")
        await chat.idle()
        await chat.until(lambda: chat.chat.session and len(chat.chat.session.path) == 2)
        assert len(await chat.services.store.summaries()) == 1


async def test_a_chosen_profile_stays_with_its_conversation() -> None:
    two = Profile(name="two", base_url="http://127.0.0.1:8/v1", model="m2")
    provider = FakeProvider(answer("one"))
    async with running_chat(provider) as chat:
        chat.services.profiles = [two]
        await chat.submit("hello")
        await chat.idle()
        await chat.pilot.press("ctrl+l")
        await chat.until(lambda: isinstance(chat.app.screen, ProfilePicker))
        await chat.seen("other-model")
        await chat.pilot.press("left", "down")
        await chat.until(lambda: "test-model" in chat.screen_text)
        await chat.pilot.press("right", "enter")
        await chat.seen("2 messages of this conversation")
        await chat.pilot.press("ctrl+y")
        await chat.until(lambda: chat.app.screen is chat.chat)
        await chat.seen("two")
        await chat.submit("again")
        await chat.idle()
        reply = (await chat.stored())[-1]
        assert reply.profile == "two"
        saved = await chat.services.store.latest_conversation()
        assert saved is not None
        assert saved.profile == "two"


async def test_leaving_the_picker_changes_nothing() -> None:
    async with running_chat() as chat:
        before = chat.chat.session
        for key in ("ctrl+l", "ctrl+o"):
            await chat.pilot.press("w", key)
            await chat.until(lambda: chat.app.screen is not chat.chat)
            await chat.pilot.press("escape")
            await chat.until(lambda: chat.app.screen is chat.chat)
        assert chat.chat.session is before
        assert chat.prompt.text == "ww"
        assert chat.app.focused is chat.prompt


async def test_a_draft_outlives_a_conversation_that_opens_slowly(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with running_chat(FakeProvider(answer("one"))) as chat:
        await chat.submit("hello")
        await chat.idle()
        await chat.pilot.press(*"draft")
        first = chat.chat.session
        assert first is not None
        await chat.pilot.press("ctrl+n")
        await chat.until(lambda: chat.chat.session is not first)
        timers = HandTimers(chat.chat, monkeypatch)
        may_show, show = asyncio.Event(), chat.messages.virtual_list.show

        async def show_slowly(messages: Sequence[Message]) -> None:
            await may_show.wait()
            await show(messages)

        monkeypatch.setattr(chat.messages.virtual_list, "show", show_slowly)
        parts = chat.chat.parts
        assert parts is not None
        open_first = parts.conversations.open_at(first.conversation.id, None)
        opening = chat.chat.run_worker(open_first, description="open")
        await chat.until(lambda: chat.chat.session is not None and chat.chat.session.path)
        # The pause after which drafts are saved is over before the messages are there.
        await chat.pilot.pause()
        timers.elapse()
        await chat.pilot.pause()
        may_show.set()
        await opening.wait()
        assert chat.prompt.draft == "draft"
        await parts.conversations.drafts.save()
        saved = await chat.services.store.conversation(first.conversation.id)
        assert saved is not None
        assert saved.draft == "draft"
