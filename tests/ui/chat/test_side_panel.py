"""The side panel of the running chat."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from tests.chat_app import launch, running_chat
from tests.fakes import FakeProvider, Hold, answer
from tests.ui.bare import message
from tui_chat.core.conversation import Role, new_conversation
from tui_chat.core.stream_events import TextDelta
from tui_chat.ui.conversations.conversation_list import ConversationList

if TYPE_CHECKING:
    from tests.chat_app import ChatHarness

WIDE = (160, 30)


def rows(chat: ChatHarness) -> list[str]:
    """Return the rows of the panel."""
    return [line[:31].split("│")[0].strip() for line in chat.screen_text.splitlines()]


async def in_panel(chat: ChatHarness, text: str) -> None:
    await chat.until(lambda: text in rows(chat))


async def test_it_lists_opens_marks_and_hides() -> None:
    provider = FakeProvider(answer("one"), answer("two"), [TextDelta("three"), Hold()])
    async with running_chat(provider, size=WIDE) as chat:
        await chat.until(lambda: "No conversation is saved yet. F9 hides" in " ".join(rows(chat)))
        await chat.submit("about foxes")
        await in_panel(chat, "▌ about foxes")
        assert "Today" in rows(chat)
        assert chat.app.focused is chat.prompt
        await chat.idle()
        await chat.pilot.press("ctrl+n")
        await chat.submit("about birds 鸟")
        await in_panel(chat, "▌ about birds 鸟")
        await chat.idle()

        # The keys: in from an empty prompt, and out.
        await chat.pilot.press("left", "down")
        panel = chat.chat.query_one(ConversationList)
        await chat.until(lambda: panel.highlighted == 1)
        await chat.pilot.press("enter")
        await in_panel(chat, "▌ about foxes")
        await chat.until(lambda: chat.app.focused is chat.prompt)
        await chat.pilot.press("left", *"birds")
        await chat.until(lambda: len(panel.found) == 1)
        await chat.pilot.press("escape")
        await chat.until(lambda: chat.app.focused is chat.prompt)

        # The mouse.
        await chat.pilot.click(ConversationList, offset=(4, 0))
        await in_panel(chat, "▌ about birds 鸟")

        # A conversation that another program continues.
        hits = await chat.services.store.search("foxes")
        saved = await chat.services.store.conversation(hits[0].conversation_id)
        assert saved is not None
        later = datetime.now(UTC) + timedelta(minutes=1)
        await chat.services.store.save_conversation(replace(saved, updated_at=later))
        await chat.pilot.press("left", *["backspace"] * 5, "escape")
        await in_panel(chat, "● about foxes")

        await chat.submit("more")
        await chat.seen("three")
        await in_panel(chat, "● about birds 鸟")
        await chat.pilot.click(ConversationList, offset=(4, 1))
        await in_panel(chat, "▌ about foxes")
        await in_panel(chat, "● about birds 鸟")

        await chat.pilot.press("f9")
        await chat.until(lambda: "about birds" not in chat.screen_text)
        await chat.pilot.press("escape")
        await chat.idle()
    async with running_chat(size=WIDE) as chat:
        assert "Today" not in chat.screen_text
        await chat.pilot.press("f9")
        await in_panel(chat, "Today")
        await chat.pilot.resize_terminal(100, 30)
        await chat.until(lambda: "Today" not in chat.screen_text)
        await chat.pilot.press("f9")
        await chat.seen("needs 120 columns")


@pytest.mark.slow
async def test_a_long_list_grows_as_it_is_scrolled_and_pins_come_first() -> None:
    async with running_chat(size=WIDE) as chat:
        store = chat.services.store
        for number in range(230):
            conversation = new_conversation()
            question = message(Role.USER, "q", conversation_id=conversation.id)
            settings = {"pinned": True} if number == 3 else {}
            await store.add_messages(
                replace(conversation, title=f"n{number}", leaf_id=question.id, settings=settings),
                [question],
            )
        chat.chat.host.show_around()
        await in_panel(chat, "n229")
        assert rows(chat)[2:4] == ["Pinned", "n3"]
        panel = chat.chat.query_one(ConversationList)
        assert len(panel.found) == 200
        await chat.pilot.press("left", *["pagedown"] * 24)
        await chat.until(lambda: len(panel.found) == 230)
        await chat.pilot.press(*["pagedown"] * 6)
        await in_panel(chat, "n0")


async def test_a_question_of_the_command_line_goes_before_the_panel_and_is_listed_in_it() -> None:
    provider = FakeProvider(answer("one"))
    asked_at_start = replace(launch(), question="about foxes")
    async with running_chat(provider, size=WIDE, given=asked_at_start) as chat:
        await in_panel(chat, "▌ about foxes")
        assert len(provider.requests) == 1
