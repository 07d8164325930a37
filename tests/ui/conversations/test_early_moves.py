"""Moves in the list of conversations that arrive before its rows do."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from textual.widgets import Input

from tests.ui.bare import until
from tests.ui.conversations.test_picker import HeldStore, PickerApp, fill
from tui_chat.storage.async_store import AsyncStore
from tui_chat.ui.conversations.browser import ConversationBrowser
from tui_chat.ui.conversations.picker import Chosen, ConversationPicker

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[AsyncStore]:
    opened = await AsyncStore.open(tmp_path / "conversations.db")
    yield opened
    await opened.aclose()


@pytest.mark.parametrize(
    ("typed", "moves", "expected"),
    [
        ("", ["down"], "one pear"),
        ("", ["down", "down", "up"], "one pear"),
        ("", ["pagedown"], "one apple"),
        ("pear", ["down"], "old pear"),
        ("pear", ["down", "down", "down"], "old pear"),
    ],
)
async def test_moves_before_the_results_are_listed_count(
    tmp_path: Path, typed: str, moves: list[str], expected: str
) -> None:
    store = await HeldStore.open(tmp_path / "conversations.db")
    assert isinstance(store, HeldStore)
    store.go, store.held = asyncio.Event(), typed
    titles = ["one apple", "old pear", "one pear", "a plum"]
    if not typed:
        titles = ["one apple", "one pear", "a plum"]
    ids = dict(zip(titles, await fill(store, *titles), strict=True))
    app = PickerApp(store)
    async with app.run_test() as pilot:
        if typed:
            await until(pilot, lambda: len(app.titles) == len(titles))
            # The message of the change follows the moves, as when all arrives in one read.
            app.screen.query_one(Input).value = typed
        else:
            await until(pilot, lambda: store.is_held)
        picker = app.screen
        assert isinstance(picker, ConversationPicker)
        browser = picker.query_one(ConversationBrowser)
        for move in moves:
            browser.act("move", {"down": 1, "up": -1, "pagedown": 8}[move])
        await pilot.press("enter")
        await until(pilot, lambda: store.is_held)
        assert app.chosen == []
        store.go.set()
        await until(pilot, lambda: app.chosen)
        assert app.chosen == [Chosen(ids[expected])]
    await store.aclose()


async def test_a_move_right_after_a_deletion_counts(store: AsyncStore) -> None:
    ids = await fill(store, "one", "two", "three", "four")
    app = PickerApp(store)
    async with app.run_test() as pilot:
        await until(pilot, lambda: len(app.titles) == 4)
        picker = app.screen
        assert isinstance(picker, ConversationPicker)
        browser = picker.query_one(ConversationBrowser)
        browser.refill(0)
        browser.act("move", 1)
        await pilot.press("enter")
        await until(pilot, lambda: app.chosen)
        assert app.chosen == [Chosen(ids[2])]
