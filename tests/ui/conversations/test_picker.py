from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from textual.widgets import Input

from tests.chat_app import ChatHarness, running_chat
from tests.fakes import FakeProvider, answer
from tests.ui.bare import BareApp, message, until
from tui_chat.core.conversation import Role, new_conversation, now
from tui_chat.core.errors import StorageError
from tui_chat.session.library import ConversationLibrary
from tui_chat.storage.async_store import AsyncStore
from tui_chat.ui.conversations.conversation_list import ConversationList
from tui_chat.ui.conversations.picker import Chosen, ConversationPicker

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from tui_chat.storage.search.ranked_results import SearchHit


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
        self.chosen: list[Chosen | None] = []

    def on_mount(self) -> None:
        self.push_screen(
            ConversationPicker(self.store, ConversationLibrary(lambda: self.store, lambda _: None)),
            self.chosen.append,
        )

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
        assert app.chosen == [Chosen(ids[1])]


async def test_typing_filters(store: AsyncStore) -> None:
    await fill(store, "about foxes", "about birds", "日本語の質問")
    app = PickerApp(store)
    async with app.run_test() as pilot:
        for query, left in (("fox", ["about foxes"]), ("日本", ["日本語の質問"]), ("%_[b]", [])):
            for character in query:
                await pilot.press(character)
            await until(pilot, app.has(left))
            if not left:
                assert "No match." in app.text
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


async def test_a_failing_store_is_reported(
    store: AsyncStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def failing(*_: object) -> None:
        raise StorageError("The disk [bold] is gone.")

    monkeypatch.setattr(store, "search", failing)
    app = PickerApp(store)
    async with app.run_test() as pilot:
        await until(pilot, lambda: "The disk [bold] is gone." in app.text)


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
        await chat.until(lambda: len(chat.app.screen.query_one(ConversationList).found) == 2)
        await chat.pilot.press("enter")
        await chat.until(lambda: chat.app.screen is chat.chat and chat.prompt.text == "d2")


async def open_list(chat: ChatHarness) -> None:
    await chat.pilot.press("ctrl+o")
    await chat.seen("^D delete")


async def test_enter_lands_on_the_message_on_its_branch() -> None:
    async with running_chat(FakeProvider(answer("a needle"), answer("straw"))) as chat:
        await chat.submit("first question")
        await chat.idle()
        needle = (await chat.stored())[-1].id
        await chat.pilot.press("up", "r")
        await chat.seen("straw")
        await chat.idle()
        await chat.pilot.press("ctrl+n")
        await chat.until(lambda: chat.chat.session and not chat.chat.session.path)

        await open_list(chat)
        await chat.pilot.press(*"needle", "enter")
        await chat.until(lambda: chat.app.screen is chat.chat and chat.messages.focused_view)
        view = chat.messages.focused_view
        assert view is not None
        assert view.shown.id == needle
        await chat.seen("1/2")


async def test_a_deleted_conversation_is_restored_at_once(store: AsyncStore) -> None:
    await fill(store, "one", "two [b]", "three")
    app = PickerApp(store)
    async with app.run_test() as pilot:
        await until(pilot, app.has(["three", "two [b]", "one"]))
        await pilot.press("down", "ctrl+d")
        await until(pilot, app.has(["three", "one"]))
        assert "Moved “two [b]” to the trash. ^_ restores it." in app.text
        await pilot.press("ctrl+underscore")
        await until(pilot, app.has(["three", "two [b]", "one"]))
        await until(pilot, lambda: "Restored “two [b]”." in app.text)
        assert "in the trash" not in app.text
        await pilot.press("ctrl+underscore")
        await until(pilot, lambda: "Nothing was deleted here." in app.text)


async def test_the_trash_is_searched_and_emptied_by_hand(store: AsyncStore) -> None:
    ids = await fill(store, "about foxes", "about birds")
    for conversation_id in ids:
        await store.delete_conversation(conversation_id, now())
    app = PickerApp(store)
    async with app.run_test() as pilot:
        await until(pilot, lambda: "No conversation is saved" in app.text)
        await pilot.press(*"trash:")
        await until(pilot, lambda: "about birds" in app.text)
        assert "the conversation, 1 message" in app.text
        assert "deleted permanently after 30 days" in app.text
        await pilot.press(*" fox")
        await until(pilot, lambda: "about birds" not in app.text)
        await pilot.press("ctrl+d", "f2", "enter")
        await until(pilot, lambda: app.chosen)
        assert app.chosen == [Chosen(ids[0])]
    assert [hit.title for hit in await store.search("")] == ["about foxes"]


async def test_pinned_ones_come_first_and_are_marked(store: AsyncStore) -> None:
    await fill(store, "one", "two")
    app = PickerApp(store)
    async with app.run_test() as pilot:
        await until(pilot, app.has(["two", "one"]))
        await pilot.press("down", "ctrl+t")
        await until(pilot, app.has(["one", "two"]))
        assert "pinned ·" in app.text
        await pilot.press("ctrl+t")
        await until(pilot, app.has(["two", "one"]))


async def test_renaming_in_the_list(store: AsyncStore) -> None:
    (conversation_id,) = await fill(store, "old")
    app = PickerApp(store)
    async with app.run_test() as pilot:
        await until(pilot, app.has(["old"]))
        await pilot.press("f2", *" #tag", "enter")
        await until(pilot, app.has(["old #tag"]))
    saved = await store.conversation(conversation_id)
    assert saved is not None
    assert saved.settings == {"titled_by": "person"}


async def test_hostile_titles_and_messages_are_only_shown(store: AsyncStore) -> None:
    nasty = "[red]x[/] \x1b]52;c;AAAA\x07 \u202eRTL אבג [@click=app.quit]"
    (conversation_id,) = await fill(store, f"{nasty} title")
    saved = await store.conversation(conversation_id)
    assert saved is not None
    text = f"{nasty} \ud83d needle 天空 [/]"
    await store.add_messages(saved, [message(Role.USER, text, conversation_id=conversation_id)])
    app = PickerApp(store)
    async with app.run_test() as pilot:
        await pilot.press(*"[red")
        await until(pilot, lambda: "[red]x[/]" in app.text)
        assert not set("\x1b\x07\u202e") & set(app.text)
        await pilot.press(*["backspace"] * 4, *"needle")
        await until(pilot, lambda: "� needle 天空 [/]" in app.text)
        assert not set("\x1b\x07\u202e") & set(app.text)
        await pilot.press("ctrl+d")
        await until(pilot, lambda: "to the trash" in app.text)
        assert not set("\x1b\x07\u202e") & set(app.text)


async def test_deleting_the_open_conversation_opens_the_next_one() -> None:
    async with running_chat() as chat:
        await chat.submit("about foxes")
        await chat.idle()
        await chat.pilot.press("ctrl+n")
        await chat.until(lambda: chat.chat.session and not chat.chat.session.path)
        await chat.submit("about birds")
        await chat.idle()
        await open_list(chat)
        await chat.pilot.press("ctrl+d")
        await chat.seen("to the trash")
        await chat.pilot.press("escape")
        await chat.until(lambda: chat.chat.session and chat.chat.session.path)
        await chat.seen("about foxes")
        assert chat.app.focused is chat.prompt

        await open_list(chat)
        await chat.pilot.press(*"trash:", "enter")
        await chat.until(lambda: chat.app.screen is chat.chat)

        def restored() -> bool:
            conversation = chat.chat.session.conversation if chat.chat.session else None
            return conversation is not None and conversation.title == "about birds"

        await chat.until(restored)
        assert chat.chat.session is not None
        assert chat.chat.session.conversation.deleted_at is None


async def test_deleted_messages_come_back_from_the_trash() -> None:
    async with running_chat(FakeProvider(answer("one"), answer("two"))) as chat:
        for text in ("first", "second"):
            await chat.submit(text)
            await chat.idle()
        await chat.pilot.press("up", "d")
        await chat.until(lambda: len(chat.messages.virtual_list.messages) == 3)
        await chat.until(lambda: chat.messages.focused_view)
        await chat.pilot.press("d")
        await chat.until(lambda: len(chat.messages.virtual_list.messages) == 2)
        await open_list(chat)
        await chat.pilot.press(*"trash:two")
        await chat.seen("1 message of it: two")
        await chat.pilot.press("enter")
        await chat.until(lambda: len(chat.messages.virtual_list.messages) == 4)
        await chat.until(lambda: chat.messages.focused_view)
        view = chat.messages.focused_view
        assert view is not None
        assert view.shown.content == "two"
        assert [it.deleted_at for it in await chat.stored()] == [None] * 4


async def test_enter_waits_for_the_search_of_the_typed_text(store: AsyncStore) -> None:
    ids = await fill(store, "about foxes", "about birds")
    app = PickerApp(store)
    async with app.run_test() as pilot:
        await until(pilot, app.has(["about birds", "about foxes"]))
        app.screen.query_one("#query").value = "foxes"  # type: ignore[attr-defined]
        await pilot.press("enter")
        await until(pilot, lambda: app.chosen)
        assert app.chosen == [Chosen(ids[0])]


async def test_the_keys_of_the_list_are_in_the_key_help() -> None:
    async with running_chat(size=(100, 50)) as chat:
        await chat.pilot.press("ctrl+o")
        await chat.seen("^D delete")
        await chat.pilot.press("f1")
        await chat.seen("In the list of conversations")


@pytest.mark.parametrize("size", [(80, 24), (60, 15), (160, 50)])
async def test_the_keys_stay_below_a_long_list(store: AsyncStore, size: tuple[int, int]) -> None:
    await fill(store, *(f"number {number}" for number in range(80)))
    app, keys = PickerApp(store), "Enter open   ^D delete"
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: "number 79" in app.text and keys in app.text)
        await pilot.press("ctrl+d")
        await until(pilot, lambda: "to the trash" in app.text and keys in app.text)


class HeldStore(AsyncStore):
    """Holds the results of one search back."""

    go: asyncio.Event
    held = "not searched for yet"
    is_held = False

    async def search(self, text: str, limit: int = 100) -> list[SearchHit]:
        hits = await super().search(text, limit)
        if text == self.held:
            self.is_held = True
            await self.go.wait()
        return hits


async def test_outdated_results_do_not_replace_newer_ones(tmp_path: Path) -> None:
    store = await HeldStore.open(tmp_path / "conversations.db")
    assert isinstance(store, HeldStore)
    store.go = asyncio.Event()
    await fill(store, "one apple", "one pear")
    app = PickerApp(store)
    async with app.run_test() as pilot:
        await until(pilot, app.has(["one pear", "one apple"]))
        await pilot.press(*"apple")
        await until(pilot, app.has(["one apple"]))
        await pilot.press("ctrl+d")
        await until(pilot, app.has([]))
        # The list that undo asks for is not ended by the letters that follow.
        store.held = "apple"
        await pilot.press("ctrl+underscore")
        await until(pilot, lambda: store.is_held)
        app.screen.query_one(Input).value = "pear"
        await until(pilot, app.has(["one pear"]))
        store.go.set()
        await app.workers.wait_for_complete()
        assert app.has(["one pear"])()
    await store.aclose()


async def test_a_restored_conversation_is_named_if_the_search_hides_it(
    store: AsyncStore,
) -> None:
    await fill(store, "one apple", "one pear")
    app = PickerApp(store)
    async with app.run_test() as pilot:
        await pilot.press(*"apple")
        await until(pilot, app.has(["one apple"]))
        await pilot.press("ctrl+d")
        await until(pilot, app.has([]))
        await pilot.press(*["backspace"] * 5, *"pear")
        await until(pilot, app.has(["one pear"]))
        await pilot.press("ctrl+underscore")
        await until(pilot, lambda: "Restored “one apple”." in app.text)
        assert app.has(["one pear"])()
