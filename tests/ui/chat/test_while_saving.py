"""Keys between the end of an answer and the end of its save; notices that must stay readable."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from textual.events import Key

from tests.chat_app import ChatHarness, running_chat
from tests.fakes import FakeProvider, Hold, Step, answer
from tests.ui.bare import BareApp
from tests.ui.chat.asking import ask, told
from tui_chat.core.conversation import MessageStatus
from tui_chat.core.errors import ContextTooLong
from tui_chat.core.stream_events import Finished, TextDelta
from tui_chat.ui.chat.status_line import StatusLine

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from tui_chat.core.conversation import Message

REFUSALS = ("Stop the answer first", "an answer is running")


@asynccontextmanager
async def ended_but_not_saved(
    ending: str, *more: list[Step]
) -> AsyncIterator[tuple[ChatHarness, asyncio.Event]]:
    """Yield a chat whose answer has ended on the screen, and the event that ends its save."""
    steps: list[Step] = [TextDelta("half"), Hold() if ending == "stopped" else Finished("stop")]
    async with running_chat(FakeProvider(steps, *more)) as chat:
        written = asyncio.Event()
        chat.services.write_buffer._grace_s = 60.0
        store = chat.services.store
        save_reply = store.save_reply

        async def slow_disk(reply: Message) -> None:
            if reply.status is not MessageStatus.STREAMING:
                await written.wait()
            await save_reply(reply)

        store.save_reply = slow_disk  # type: ignore[method-assign]
        try:
            await chat.submit("hello")
            await chat.seen("half")
            if ending == "stopped":
                await chat.pilot.press("escape")
            await chat.seen("stopped by you" if ending == "stopped" else "done")
            assert chat.chat.is_busy
            yield chat, written
        finally:
            written.set()


def shown(chat: ChatHarness) -> list[str]:
    return [message.content for message in chat.messages.virtual_list.messages]


@pytest.mark.parametrize(
    ("ending", "key", "effect"),
    [
        ("stopped", "r", lambda chat: shown(chat) == ["hello", "again"]),
        ("finished", "e", lambda chat: chat.prompt.text == "half"),
        ("stopped", "d", lambda chat: shown(chat) == ["hello"]),
        ("finished", "f", lambda chat: "Forked" in chat.status),
    ],
)
async def test_a_key_on_a_message_waits_for_the_save(
    ending: str, key: str, effect: Callable[[ChatHarness], bool]
) -> None:
    async with ended_but_not_saved(ending, answer("again")) as (chat, written):
        await chat.pilot.press("up")
        await chat.until(lambda: chat.messages.focused_view is not None)
        chat.app.post_message(Key(key, key))
        await chat.pilot.pause()
        assert not effect(chat)
        written.set()
        await chat.until(lambda: effect(chat))
        assert not refusals(chat)


async def test_a_command_waits_for_the_save() -> None:
    async with ended_but_not_saved("finished") as (chat, written):
        chat.chat.action_command("delete")
        await chat.pilot.pause()
        assert shown(chat)
        written.set()
        await chat.until(lambda: not shown(chat))
        await told(chat, "Moved to the trash")
        assert not refusals(chat)


async def test_an_edited_question_is_sent_after_the_save() -> None:
    async with running_chat(FakeProvider(answer("one"))) as chat:
        await ask(chat, "first")
    async with ended_but_not_saved("finished", answer("again")) as (chat, written):
        session = chat.chat.session
        assert session is not None
        assert chat.chat.parts is not None
        await chat.chat.parts.actions.edit(session, session.path[-2])
        await chat.pilot.press(*" again", "enter")
        assert not refusals(chat)
        written.set()
        await chat.until(lambda: shown(chat)[-2:] == ["hello again", "again"])


async def test_an_only_version_is_reported_for_longer_than_a_moment() -> None:
    async with running_chat(FakeProvider(answer("one"))) as chat:
        await ask(chat, "first")
        await chat.pilot.press("up")
        await chat.until(lambda: chat.messages.focused_view is not None)
        await chat.pilot.press("left_square_bracket")
        await chat.pilot.pause()
        assert "There is only this version" in chat.status


async def test_the_turns_that_are_left_out_are_counted_where_it_can_be_read() -> None:
    too_long = ContextTooLong("The conversation is too long.", "Leave some turns out.")
    provider = FakeProvider(answer("one"), answer("two"), [too_long], [Hold()])
    async with running_chat(provider) as chat:
        await ask(chat, "first", "second", "third")
        await chat.pilot.press("up")
        await chat.until(lambda: chat.messages.focused_view is not None)
        await chat.pilot.press("o")
        await chat.until(lambda: len(provider.requests) == 4)
        await told(chat, "left out of requests")


async def test_a_temporary_conversation_is_not_reported_to_be_in_the_trash() -> None:
    async with running_chat(FakeProvider(answer("one"))) as chat:
        chat.chat.action_command("temporary")
        await chat.seen("Temporary conversation")
        await ask(chat, "first")
        for _ in range(2):
            chat.chat.action_command("delete")
            await chat.pilot.pause()
        await chat.until(lambda: not shown(chat))
        assert not any("trash" in words for words in reports(chat))


async def test_a_text_that_no_key_led_to_waits_for_a_notice() -> None:
    line = StatusLine()
    async with BareApp(line).run_test():
        line.show_notice("Copied", 60)
        line.show_idle("another window is answering", is_from_user=False)
        assert line.left == "Copied"
        line.hide_notice()
        assert line.left == "another window is answering"


def reports(chat: ChatHarness) -> list[str]:
    return [chat.status, *(toast.message for toast in chat.app._notifications)]


def refusals(chat: ChatHarness) -> list[str]:
    return [words for words in reports(chat) if any(it in words for it in REFUSALS)]
