from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from tests.chat_app import running_chat
from tests.fakes import FakeProvider, Hold, answer
from tests.ui.bare import BareApp, message, until
from tui_chat.core.conversation import Role, new_conversation
from tui_chat.core.errors import StorageError
from tui_chat.storage.async_store import AsyncStore
from tui_chat.ui.screens.conversation_picker import ConversationPicker, when

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

NOW = datetime(2026, 5, 20, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("ago", "words"),
    [
        (timedelta(minutes=1), "11:59"),
        (timedelta(hours=13), "yesterday"),
        (timedelta(days=2), "Monday"),
        (timedelta(days=7), "2026-05-13"),
        (timedelta(days=400), "2025-04-15"),
    ],
)
def test_moments_in_few_characters(ago: timedelta, words: str) -> None:
    assert when(NOW - ago, NOW) == words


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[AsyncStore]:
    opened = await AsyncStore.open(tmp_path / "conversations.db")
    yield opened
    await opened.aclose()


async def fill(store: AsyncStore, *titles: str) -> list[str]:
    ids = []
    for title in titles:
        conversation = new_conversation()
        question = message(Role.USER, title, conversation_id=conversation.id)
        conversation = replace(conversation, title=title, leaf_id=question.id)
        await store.add_messages(conversation, [question])
        ids.append(conversation.id)
    return ids


class PickerApp(BareApp):
    """Opens the picker at once."""

    def __init__(self, store: AsyncStore) -> None:
        super().__init__()
        self.store = store
        self.chosen: list[str | None] = []

    def on_mount(self) -> None:
        self.push_screen(ConversationPicker(self.store), self.chosen.append)

    @property
    def titles(self) -> list[str]:
        lines = [line.strip(" │") for line in self.text.splitlines()]
        return [line.split("  ")[0] for line in lines if line.endswith(":" + line[-2:])]

    def has(self, titles: list[str]) -> Callable[[], bool]:
        return lambda: self.titles == titles


async def test_the_newest_come_first_and_one_is_chosen_by_keys(store: AsyncStore) -> None:
    ids = await fill(store, "one", "two", "three")
    app = PickerApp(store)
    async with app.run_test() as pilot:
        await until(pilot, lambda: len(app.titles) == 3)
        assert app.titles == ["three", "two", "one"]
        await pilot.press("down", "down", "down", "up", "enter")
        await pilot.pause()
        assert app.chosen == [ids[1]]


async def test_typing_filters(store: AsyncStore) -> None:
    await fill(store, "about foxes", "about birds", "日本語の質問")
    app = PickerApp(store)
    async with app.run_test() as pilot:
        for query, left in (("fox", ["about foxes"]), ("日本", ["日本語の質問"]), ("%_[b]", [])):
            for character in query:
                await pilot.press(character)
            await until(pilot, app.has(left))
            if not left:
                assert "Nothing found." in app.text
                await pilot.press("enter")
                assert app.chosen == []
            for _ in query:
                await pilot.press("backspace")
            await until(pilot, lambda: len(app.titles) == 3)
        await pilot.press("escape")
        await pilot.pause()
        assert app.chosen == [None]


async def test_nothing_is_saved_yet(store: AsyncStore) -> None:
    app = PickerApp(store)
    async with app.run_test() as pilot:
        await until(pilot, lambda: "No conversation is saved" in app.text)
        await pilot.press("down", "up", "enter", "escape")
        await pilot.pause()
        assert app.chosen == [None]


async def test_a_store_that_fails_is_told(
    store: AsyncStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def failing(*_: object) -> None:
        raise StorageError("The disk [bold] is gone.")

    monkeypatch.setattr(store, "summaries", failing)
    app = PickerApp(store)
    async with app.run_test() as pilot:
        await until(pilot, lambda: "The disk [bold] is gone." in app.text)


async def test_it_does_not_open_while_an_answer_runs() -> None:
    async with running_chat(FakeProvider([Hold()])) as chat:
        await chat.submit("hi")
        await chat.until(lambda: chat.chat.is_busy)
        for key in ("ctrl+o", "ctrl+n", "ctrl+l"):
            await chat.pilot.press(key)
        await chat.seen("Stop the answer first")
        assert chat.app.screen is chat.chat
        await chat.pilot.press("escape")
        await chat.idle()


async def test_the_draft_stays_with_its_conversation() -> None:
    async with running_chat(FakeProvider(answer("one"), answer("two"))) as chat:
        await chat.submit("about foxes")
        await chat.idle()
        await chat.pilot.press("d", "1", "ctrl+n")
        await chat.until(lambda: chat.chat.session and not chat.chat.session.path)
        assert chat.prompt.text == ""
        await chat.submit("about birds")
        await chat.idle()
        await chat.pilot.press("d", "2", "ctrl+o")
        await chat.seen("about foxes")
        await chat.pilot.press("down", "enter")
        await chat.until(lambda: chat.app.screen is chat.chat and chat.prompt.text == "d1")
        await chat.pilot.press("ctrl+o")
        await chat.seen("about birds")
        await chat.until(lambda: isinstance(chat.app.screen, ConversationPicker))
        await chat.until(
            lambda: chat.app.screen.query_one("#conversations").option_count == 2  # type: ignore[attr-defined]
        )
        await chat.pilot.press("enter")
        await chat.until(lambda: chat.app.screen is chat.chat and chat.prompt.text == "d2")
