from __future__ import annotations

import pytest

from tests.chat_app import launch, running_chat
from tests.ui.chat.asking import ask, told


async def test_a_temporary_conversation_is_marked_and_kept_only_on_demand() -> None:
    async with running_chat() as chat:
        await chat.pilot.press("ctrl+n", "ctrl+n")
        await chat.seen("(temporary, not saved)")
        await chat.seen("temporary: nothing is saved")
        await ask(chat, "hello")
        await chat.pilot.press("d")
        assert await chat.services.store.summaries() == []

        chat.chat.action_command("keep")
        await chat.until(lambda: "(temporary" not in chat.screen_text)
        assert [row[1] for row in await chat.rows()] == ["hello", "Hello."]
        saved = await chat.services.store.latest_conversation()
        assert saved is not None
        assert (saved.draft, saved.title) == ("d", "hello")
        await ask(chat, "more")
        assert len(await chat.rows()) == 4
        chat.chat.action_command("keep")
        await told(chat, "saved already")


async def test_an_empty_one_is_left_without_a_question() -> None:
    async with running_chat() as chat:
        chat.chat.action_command("temporary")
        await chat.seen("(temporary, not saved)")
        await chat.pilot.press("ctrl+o")
        await chat.until(lambda: chat.app.screen is not chat.chat)
        await chat.pilot.press("escape")
        await chat.pilot.press("ctrl+n")
        await chat.until(lambda: "(temporary" not in chat.screen_text)


@pytest.mark.parametrize("key", ["ctrl+n", "ctrl+o", "ctrl+q"])
async def test_leaving_one_takes_the_key_twice(key: str) -> None:
    async with running_chat() as chat:
        chat.chat.action_command("temporary")
        await chat.seen("(temporary, not saved)")
        session = chat.chat.session
        await ask(chat, "hello")
        await chat.pilot.press(key)
        await told(chat, "is lost when you leave it")
        assert chat.chat.session is session
        assert chat.app.screen is chat.chat
        # Something new was said: it is asked about again.
        await ask(chat, "more")
        await chat.pilot.press(key)
        await chat.pilot.pause()
        assert chat.chat.session is session
        assert chat.app.screen is chat.chat
        await chat.pilot.press(key)
        await chat.until(
            lambda: (
                chat.chat.session is not session
                or chat.app.screen is not chat.chat
                or not chat.app.is_running
            )
        )


async def test_a_temporary_conversation_cannot_be_forked() -> None:
    async with running_chat() as chat:
        chat.chat.action_command("temporary")
        await chat.seen("(temporary, not saved)")
        await ask(chat, "hello")
        chat.messages.enter()
        await chat.until(lambda: chat.messages.focused_view)
        await chat.pilot.press("f")
        await told(chat, "cannot be forked")


async def test_a_title_a_pin_and_a_deletion_of_a_temporary_conversation_are_in_no_store() -> None:
    async with running_chat() as chat:
        chat.chat.action_command("temporary")
        await chat.seen("(temporary, not saved)")
        await ask(chat, "hello")
        session = chat.chat.session
        assert session is not None
        assert chat.chat.parts is not None
        conversations = chat.chat.parts.conversations
        await conversations.library.rename(session.conversation.id, "A secret")
        await conversations.toggle_pinned()
        assert session.conversation.title == "A secret"
        store = chat.services.store
        assert await store.conversation(session.conversation.id) is None
        assert await session.store.conversation(session.conversation.id) is not None  # type: ignore[attr-defined]

        await conversations.delete_open()
        await told(chat, "is lost when you leave it")
        assert conversations.session is session
        assert session.conversation.deleted_at is None
        await conversations.delete_open()
        assert conversations.session is not session
        assert await store.trash() == []


async def test_a_temporary_run_saves_nothing() -> None:
    async with running_chat(given=launch(is_temporary=True)) as chat:
        await ask(chat, "hello")
        chat.chat.action_command("keep")
        await told(chat, "saves nothing")
        await chat.pilot.press("ctrl+n")
        await chat.until(lambda: chat.chat.session and not chat.chat.session.path)
        assert not chat.services.launch.paths.database.exists()
