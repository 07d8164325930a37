"""Changes by another program are shown in the open conversation."""

from __future__ import annotations

import os
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.chat_app import ChatHarness, running_chat
from tests.fakes import FakeProvider, Hold, answer
from tests.storage.build import Asked, asked, connection_of
from tui_chat.config.paths import find_paths
from tui_chat.core.conversation import MessageStatus, new_id, now
from tui_chat.core.stream_events import TextDelta
from tui_chat.storage.store import Store
from tui_chat.ui.chat import show_external_changes as other_windows
from tui_chat.ui.common.message_labels import ANSWERED_ELSEWHERE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tui_chat.core.conversation import Conversation, Message


class Other:
    """Another program on the same database."""

    def __init__(self, store: Store, conversation_id: str) -> None:
        self.store = store
        self._id = conversation_id

    @property
    def conversation(self) -> Conversation:
        found = self.store.conversation(self._id)
        assert found is not None
        return found

    @property
    def messages(self) -> list[Message]:
        return self.store.messages(self._id)

    def ask(self, text: str, parent_id: str | None = None) -> Asked:
        """Ask a question; its answer runs until it is saved with another status."""
        leaf_id = parent_id or self.conversation.leaf_id
        turn = asked(text, replace(self.conversation, leaf_id=leaf_id))
        self.store.add_turn(turn.conversation, turn.question, turn.reply)
        return turn


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    assert other_windows.EVERY_S <= 1
    monkeypatch.setattr(other_windows, "EVERY_S", 0.01)


@asynccontextmanager
async def two_windows(
    provider: FakeProvider | None = None,
) -> AsyncIterator[tuple[ChatHarness, Other]]:
    """Open a chat in which one question was asked, and another program beside it."""
    async with running_chat(provider or FakeProvider(answer("The first answer."))) as chat:
        await chat.submit("the first question")
        await chat.idle()
        session = chat.chat.session
        assert session is not None
        with Store(find_paths(os.environ).database) as store:
            yield chat, Other(store, session.conversation.id)


def path_of(chat: ChatHarness) -> list[str]:
    session = chat.chat.session
    assert session is not None
    assert [m.content for m in chat.messages.virtual_list.messages] == [
        m.content for m in session.path
    ]
    return [message.content for message in session.path]


def seen_rows(chat: ChatHarness) -> list[str]:
    """Return what is seen of the messages, without the scroll bar."""
    return [row[:78].rstrip() for row in chat.screen_text.splitlines()[1:18]]


async def told(chat: ChatHarness, words: str) -> None:
    """Wait for words that may be wrapped in a toast."""
    await chat.until(lambda: words in " ".join(chat.screen_text.replace("▌", " ").split()))


async def test_a_turn_of_another_window_is_shown_while_it_runs() -> None:
    async with two_windows() as (chat, other):
        turn = other.ask("asked elsewhere")
        await chat.seen("asked elsewhere")
        await chat.seen(ANSWERED_ELSEWHERE)
        assert ANSWERED_ELSEWHERE in chat.status

        other.store.save_reply(turn.replied("half an"))
        await chat.seen("half an")
        view = chat.messages.virtual_list.mounted.last_view
        other.store.save_reply(turn.replied("half an answer, and"))
        await chat.seen("half an answer, and")
        other.store.save_reply(turn.replied("half an answer, and all.", MessageStatus.COMPLETE))
        await chat.seen("and all.")
        await chat.until(lambda: ANSWERED_ELSEWHERE not in chat.screen_text)
        assert chat.messages.virtual_list.mounted.last_view is view
        assert "ready" in chat.status

        await chat.submit("asked here")
        await chat.idle()
        assert path_of(chat) == [
            "the first question", "The first answer.",
            "asked elsewhere", "half an answer, and all.",
            "asked here", "The first answer.",
        ]  # fmt: skip


async def test_a_running_reply_whose_program_dies_is_interrupted() -> None:
    async with two_windows() as (chat, other):
        with Store(find_paths(os.environ).database) as dying:
            turn = Other(dying, other.conversation.id).ask("asked elsewhere")
            dying.save_reply(turn.replied("half"))
            await chat.seen(ANSWERED_ELSEWHERE)
        await chat.seen("This reply was interrupted")
        assert ANSWERED_ELSEWHERE not in chat.screen_text
        assert [m.status.value for m in other.messages][-1] == "interrupted"


async def test_a_question_beside_one_of_another_window_is_a_version_of_it() -> None:
    hold = Hold()
    script = [TextDelta("The second answer."), hold, *answer("")]
    async with two_windows(FakeProvider(answer("The first answer."), script)) as (chat, other):
        await chat.submit("asked here")
        await hold.reached.wait()
        first = other.messages[1]
        turn = other.ask("asked elsewhere", first.id)
        other.store.save_reply(turn.replied("An answer elsewhere.", MessageStatus.COMPLETE))
        hold.go.set()
        await chat.idle()

        await chat.seen("1/2")
        assert path_of(chat)[2:] == ["asked here", "The second answer."]
        parents = {m.content: m.parent_id for m in other.messages}
        assert parents["asked here"] == parents["asked elsewhere"] == first.id

        await chat.pilot.press("up", "up", "right_square_bracket")
        await chat.seen("An answer elsewhere.")
        assert path_of(chat)[2:] == ["asked elsewhere", "An answer elsewhere."]


async def test_another_answer_elsewhere_is_a_version_and_not_shown() -> None:
    async with two_windows() as (chat, other):
        _, reply = other.messages
        more = replace(reply, id=new_id(), content="Another one.", created_at=now())
        other.store.add_messages(replace(other.conversation, leaf_id=more.id), [more])
        await chat.seen("1/2")
        assert path_of(chat) == ["the first question", "The first answer."]


async def test_deletions_and_renames_by_another_window_are_shown() -> None:
    async with two_windows() as (chat, other):
        turn = other.ask("asked elsewhere")
        other.store.save_reply(turn.replied("An answer.", MessageStatus.COMPLETE))
        await chat.seen("An answer.")
        other.store.save_conversation(replace(other.conversation, title="A new name"))
        await chat.seen("A new name")

        messages = other.messages
        leaf = replace(other.conversation, leaf_id=messages[1].id)
        other.store.mark_deleted(leaf, messages[2:], now())
        await chat.until(lambda: len(chat.messages.virtual_list.messages) == 2)
        assert path_of(chat) == ["the first question", "The first answer."]

        other.store.mark_deleted(leaf, messages[2:], None)
        await chat.seen("asked elsewhere")


async def test_a_merge_keeps_the_scroll_position() -> None:
    async with two_windows(FakeProvider(answer("A line.\n\n" * 60))) as (chat, other):
        await chat.pilot.press("pageup")
        await chat.seen("more below")
        before = seen_rows(chat)
        turn = other.ask("asked elsewhere")
        other.store.save_reply(turn.replied("An answer.", MessageStatus.COMPLETE))
        await chat.seen("2 new below")
        assert seen_rows(chat) == before


async def test_two_drafts_are_both_kept() -> None:
    async with two_windows() as (chat, other):
        other.store.save_draft(other.conversation.id, "theirs")
        await chat.pilot.press(*"mine")
        await chat.until(lambda: "mine" in other.conversation.draft)
        assert "theirs" in other.conversation.draft
        assert chat.prompt.text == "mine"
        await chat.pilot.press("enter")
        await chat.idle()
        await chat.until(lambda: other.conversation.draft == "theirs")


async def test_a_poll_without_news_reads_no_message(monkeypatch: pytest.MonkeyPatch) -> None:
    async with two_windows() as (chat, other):
        looks = 0
        version = chat.services.store.data_version

        async def counted() -> int:
            nonlocal looks
            looks += 1
            return await version()

        async def unexpected(*_: object, **__: object) -> list[Message]:
            pytest.fail("read all messages")

        monkeypatch.setattr(chat.services.store, "messages", unexpected)
        monkeypatch.setattr(chat.services.store, "data_version", counted)
        conversation = asked("in another conversation")
        other.store.add_turn(conversation.conversation, conversation.question, conversation.reply)
        await chat.until(lambda: looks > 5)


async def test_a_deletion_elsewhere_is_reported_and_a_question_restores_it() -> None:
    async with two_windows() as (chat, other):
        other.store.save_conversation(replace(other.conversation, deleted_at=now()))
        await told(chat, "This conversation was deleted in another window.")

        await chat.submit("asked here")
        await chat.idle()

        assert other.conversation.deleted_at is None
        assert [m.content for m in other.messages][-2:] == ["asked here", "The first answer."]


async def test_a_restore_elsewhere_is_reported() -> None:
    async with two_windows() as (chat, other):
        other.store.save_conversation(replace(other.conversation, deleted_at=now()))
        await told(chat, "This conversation was deleted in another window.")
        other.store.save_conversation(replace(other.conversation, deleted_at=None))
        await told(chat, "restored from the trash in another window")


async def test_a_purge_elsewhere_is_reported_and_a_question_saves_everything_again() -> None:
    async with two_windows() as (chat, other):
        conversation_id = other.conversation.id
        with connection_of(other.store) as connection:
            connection.execute("DELETE FROM messages WHERE conversation_id = ?", [conversation_id])
            connection.execute("DELETE FROM conversations WHERE id = ?", [conversation_id])
        await told(chat, "This conversation was permanently deleted in another window.")

        await chat.submit("asked here")
        await chat.idle()

        assert [m.content for m in other.messages] == [
            "the first question", "The first answer.", "asked here", "The first answer.",
        ]  # fmt: skip
        assert other.conversation.deleted_at is None


async def test_new_branches_of_other_windows_are_reported_with_their_keys() -> None:
    async with two_windows() as (chat, other):
        first = other.messages[1]
        await chat.submit("asked here")
        await chat.idle()
        for text in ("asked elsewhere", "asked in a third window"):
            turn = other.ask(text, first.id)
            other.store.save_reply(turn.replied("An answer.", MessageStatus.COMPLETE))
        await told(chat, "Another window added 2 branches. Press ↑, then [ or ] on a message")
        assert path_of(chat)[2:] == ["asked here", "The first answer."]
