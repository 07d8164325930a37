from __future__ import annotations

from typing import TYPE_CHECKING

from tests.chat_app import launch, running_chat
from tests.fakes import FakeProvider, Hold, answer
from tui_chat.ui.conversations.rename import Rename

if TYPE_CHECKING:
    from tui_chat.session.launch import Launch


def launched() -> Launch:
    given = launch()
    given.paths.config_file.parent.mkdir(parents=True, exist_ok=True)
    given.paths.config_file.write_text('[ui]\ntitles = "model"\n', encoding="utf-8")
    return given


async def test_the_model_writes_a_title_after_the_first_answer() -> None:
    provider = FakeProvider(answer("because"), answer("Sky colours"))
    async with running_chat(provider, given=launched()) as chat:
        await chat.submit("why is it blue?")
        await chat.seen("Sky colours")
        assert len(provider.requests) == 2
        saved = await chat.services.store.latest_conversation()
        assert saved is not None
        assert saved.title == "Sky colours"


async def test_it_is_off_by_default() -> None:
    provider = FakeProvider(answer("because"), answer("Sky colours"))
    async with running_chat(provider) as chat:
        await chat.submit("why is it blue?")
        await chat.idle()
        await chat.pilot.pause()
        assert len(provider.requests) == 1


async def test_the_next_question_cancels_the_title_request() -> None:
    hold = Hold()
    provider = FakeProvider(answer("because"), [hold], answer("two"))
    async with running_chat(provider, given=launched()) as chat:
        await chat.submit("why is it blue?")
        await chat.until(hold.reached.is_set)
        await chat.submit("and at night?")
        await chat.until(lambda: provider.closed == 3)
        await chat.idle()
        assert [it.content for it in await chat.stored()][-1] == "two"


async def test_quitting_does_not_wait_for_a_title() -> None:
    hold = Hold()
    provider = FakeProvider(answer("because"), [hold])
    async with running_chat(provider, given=launched()) as chat:
        await chat.submit("why is it blue?")
        await chat.until(hold.reached.is_set)
    assert provider.closed == 2


async def test_renaming_the_open_conversation() -> None:
    async with running_chat() as chat:
        await chat.submit("old")
        await chat.idle()
        await chat.pilot.press("f2")
        await chat.until(lambda: isinstance(chat.app.screen, Rename))
        await chat.pilot.press(*" [b] #tag", "enter")
        await chat.seen("old [b] #tag")
        await chat.until(lambda: chat.app.focused is chat.prompt)
        await chat.submit("next")
        await chat.idle()
        saved = await chat.services.store.latest_conversation()
        assert saved is not None
        assert saved.title == "old [b] #tag"


async def test_pin_and_delete_from_the_palette() -> None:
    async with running_chat() as chat:
        await chat.submit("first")
        await chat.idle()
        chat.chat.action_command("pin")
        await chat.seen("first · pinned")
        chat.chat.action_command("pin")
        await chat.until(lambda: "· pinned" not in chat.screen_text)
        chat.chat.action_command("delete")
        await chat.until(lambda: chat.chat.session and not chat.chat.session.path)
        chat.chat.action_command("trash")
        await chat.seen("the conversation, 2 messages")
        await chat.pilot.press("enter")
        await chat.until(lambda: chat.chat.session and len(chat.chat.session.path) == 2)
