from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.storage.build import asked, connection_of
from tui_chat.core.conversation import MessageStatus, Role, new_conversation, now
from tui_chat.core.errors import StorageError
from tui_chat.core.search_query import parse_query
from tui_chat.storage.async_store import AsyncStore
from tui_chat.storage.search import fts_index as search
from tui_chat.storage.search.short_terms import prepare_short_terms
from tui_chat.storage.store import Store

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator
    from pathlib import Path

    from tui_chat.core.conversation import Conversation
    from tui_chat.storage.search.ranked_results import SearchHit


@pytest.fixture(params=["index", "index and ends", "like"])
def any_store(
    request: pytest.FixtureRequest, path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Store]:
    """A store as it is searched by itself, as the list searches it, and without FTS5."""
    if request.param == "like":
        monkeypatch.setattr(search, "can_index", lambda _: False)
    with Store(path) as store:
        if request.param == "index and ends":
            prepare_short_terms(connection_of(store))
            # All but the newest message is looked up.
            monkeypatch.setattr("tui_chat.storage.search.ranked_results._SCANNED", 1)
        yield store


def say(store: Store, title: str, *texts: str, pinned: bool = False) -> Conversation:
    conversation = new_conversation()
    for text in texts:
        turn = asked(text, conversation)
        conversation = turn.conversation
        store.add_turn(conversation, turn.question, turn.replied("ok", MessageStatus.COMPLETE))
    conversation = replace(
        conversation, title=title, updated_at=now(), settings={"pinned": True} if pinned else {}
    )
    store.save_conversation(conversation)
    return conversation


def hits(store: Store, text: str, limit: int = 50) -> list[SearchHit]:
    return store.search(parse_query(text), limit)


def found(store: Store, text: str) -> list[tuple[str, str]]:
    return [(hit.title, hit.line) for hit in hits(store, text)]


def test_titles_rank_first_then_better_then_newer_matches(any_store: Store) -> None:
    say(any_store, "old", "the foxes sleep")
    say(any_store, "parts", "firefoxes are none")
    say(any_store, "foxes", "nothing")
    say(any_store, "new", "the foxes run")

    assert found(any_store, "foxes") == [
        ("foxes", ""),
        ("new", "the foxes run"),
        ("old", "the foxes sleep"),
        ("parts", "firefoxes are none"),
    ]


def test_a_hit_names_its_message(any_store: Store) -> None:
    conversation = say(any_store, "title", "first", "a needle here", "last")
    (hit,) = hits(any_store, "needle")
    message = next(it for it in any_store.messages(conversation.id) if it.content == hit.line)

    assert (hit.message_id, hit.role, hit.moment) == (message.id, Role.USER, message.created_at)
    assert hit.conversation_id == conversation.id


def test_an_empty_query_lists_everything_pinned_first(any_store: Store) -> None:
    say(any_store, "one", "1", pinned=True)
    say(any_store, "two", "2")
    say(any_store, "three", "3")

    assert [hit.title for hit in hits(any_store, "  ")] == ["one", "three", "two"]
    assert [hit.is_pinned for hit in hits(any_store, "")] == [True, False, False]
    assert len(hits(any_store, "", limit=2)) == 2


@pytest.mark.parametrize(
    ("query", "lines"),
    [
        ("天", ["今天", "天空为什么"]),
        ("天空", ["天空为什么"]),
        ("今天", ["今天"]),
        ("么", ["天空为什么"]),
        ("什么", ["天空为什么"]),
        ("蓝", []),
        ("q", ["Q", "seq"]),
        ("EQ", ["seq"]),
        ("%", ["5%"]),
        ("_", []),
        ("é", ["café"]),
        ("É", ["café"]),
        ("s q", ["seq"]),
    ],
)
def test_short_words_are_found_at_any_position(
    any_store: Store, query: str, lines: list[str]
) -> None:
    say(any_store, "t", "天空为什么")
    for text in ("seq", "Q", "5%", "今天", "café", "zz"):
        say(any_store, "t", text)

    assert sorted(line for _, line in found(any_store, query)) == sorted(lines)


def test_tags_match_prefixes_in_titles(any_store: Store) -> None:
    say(any_store, "One #work", "needle")
    say(any_store, "Two #workshop", "straw")
    say(any_store, "Three", "needle #work")

    assert [title for title, _ in found(any_store, "#work")] == ["Two #workshop", "One #work"]
    assert found(any_store, "#work needle") == [("One #work", "needle")]
    assert found(any_store, "#work #workshop") == [("Two #workshop", "")]


def test_an_unknown_tag_is_searched_as_a_word(any_store: Store) -> None:
    say(any_store, "C", "why #include <stdio.h>?")

    assert [title for title, _ in found(any_store, "#include")] == ["C"]


def test_a_long_conversation_does_not_hide_the_others(any_store: Store) -> None:
    say(any_store, "short", "needle 0")
    say(any_store, "long", *[f"needle {n}" for n in range(1, 9)])

    assert [title for title, _ in found(any_store, "needle")] == ["long"] * 3 + ["short"]


def test_a_conversation_of_any_length_does_not_hide_the_others(
    any_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui_chat.storage.search.ranked_results._CANDIDATES", 5)
    for query, text in (("needle", "needle"), ("空", "天空")):
        say(any_store, "short", f"{text} 0")
        for title in ("long", "longer"):
            say(any_store, title, *[f"{text} {n}" for n in range(9)])
        titles = [title for title, _ in found(any_store, query)]
        assert titles == ["longer"] * 3 + ["long"] * 3 + ["short"]


def test_deleted_items_are_not_found(any_store: Store) -> None:
    gone = say(any_store, "gone needle", "needle")
    kept = say(any_store, "kept", "needle")
    any_store.delete_conversation(gone.id, now())
    any_store.mark_deleted(kept, any_store.messages(kept.id), now())

    assert found(any_store, "needle") == []
    assert [title for title, _ in found(any_store, "")] == ["kept"]


_NASTY = st.text(
    st.characters(categories=None) | st.sampled_from("天空q% _\\#\"' aA\n"), min_size=1
)


@settings(max_examples=150, deadline=None)
@given(texts=st.lists(_NASTY, min_size=1, max_size=4), data=st.data())
def test_the_index_finds_what_like_finds(texts: list[str], data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(texts))
    start = data.draw(st.integers(0, len(text) - 1))
    piece = text[start : start + data.draw(st.integers(1, 5))]
    with pytest.MonkeyPatch.context() as patch, Store(None) as store:
        prepare_short_terms(connection_of(store))
        for other in texts:
            say(store, "", other)
        indexed = {hit.message_id for hit in hits(store, piece)}
        patch.setattr("tui_chat.storage.search.ranked_results._SCANNED", 0)
        looked_up = {hit.message_id for hit in hits(store, piece)}
        store._has_index = False
        liked = {hit.message_id for hit in hits(store, piece)}

    # The index folds the case of all letters, LIKE that of few.
    assert indexed >= liked
    assert looked_up >= liked


async def add_asked(store: AsyncStore, text: str) -> str:
    """Save a question under a title of its own; return its id."""
    turn = asked(text)
    await store.add_turn(replace(turn.conversation, title="t"), turn.question, turn.reply)
    return turn.question.id


async def test_a_concurrent_search_sees_saved_messages(path: Path) -> None:
    store = await AsyncStore.open(path)
    try:
        question_id = await add_asked(store, "天空为什么是蓝色的")
        for query in ("天空", "天空为", "蓝色的"):
            assert [hit.message_id for hit in await store.search(query)] == [question_id]
    finally:
        await store.aclose()


async def test_a_store_in_memory_is_searched() -> None:
    store = await AsyncStore.open(None)
    question_id = await add_asked(store, "a needle")
    assert [hit.message_id for hit in await store.search("needle")] == [question_id]
    await store.aclose()


def test_a_question_that_became_the_title_is_listed_once(any_store: Store) -> None:
    say(any_store, "a needle", "a needle", "another needle")
    assert found(any_store, "needle") == [("a needle", ""), ("a needle", "another needle")]


async def test_a_new_search_cancels_the_previous_one(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = await AsyncStore.open(path)
    endless = (
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"
    )
    began = asyncio.Event()
    loop = asyncio.get_running_loop()

    def find(connection: sqlite3.Connection, query: object, *_: object, **__: object) -> list[str]:
        if query == parse_query("slow"):
            loop.call_soon_threadsafe(began.set)
            connection.execute(endless).fetchall()
        return []

    monkeypatch.setattr("tui_chat.storage.search.search_as_you_type.find_hits", find)
    try:
        async with asyncio.timeout(10), asyncio.TaskGroup() as group:
            slow = group.create_task(store.search("slow"))
            await began.wait()
            queued = [group.create_task(store.search("slow")) for _ in range(3)]
            await asyncio.sleep(0)
            for task in (*queued, slow):
                task.cancel()
            assert await store.search("quick") == []
    finally:
        await store.aclose()


async def test_searching_a_closed_store_raises(path: Path) -> None:
    store = await AsyncStore.open(path)
    await store.aclose()
    await store.aclose()
    with pytest.raises(StorageError, match="closed"):
        await store.search("any")


async def test_an_incremental_search_rebuilds_a_damaged_index(path: Path) -> None:
    store = await AsyncStore.open(path)
    try:
        question_id = await add_asked(store, "a needle")
        await store._done(
            lambda: store._store._connection.execute("DELETE FROM messages_fts_data WHERE id > 10")
        )
        assert [hit.message_id for hit in await store.search("needle")] == [question_id]
    finally:
        await store.aclose()


def test_the_trash_is_filtered_by_words(store: Store) -> None:
    gone = say(store, "gone fox", "straw", "hay")
    kept = say(store, "kept", "one fox", "two")
    store.delete_conversation(gone.id, now())
    messages = store.messages(kept.id)
    store.mark_deleted(kept, messages[:2], now())
    store.mark_deleted(kept, messages[2:], now())

    def shown(*words: str) -> list[tuple[str, str | None]]:
        return [(it.title, it.beginning) for it in store.trash(50, words)]

    assert shown() == [("kept", "two"), ("kept", "one fox"), ("gone fox", None)]
    assert shown("FOX") == [("kept", "one fox"), ("gone fox", None)]
    assert shown("fox", "hay") == [("gone fox", None)]
    assert shown("fox%") == []
    assert len(store.trash(1, ["o"])) == 1
