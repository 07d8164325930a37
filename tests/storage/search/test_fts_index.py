from __future__ import annotations

import sqlite3
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.storage.build import asked, connection_of
from tui_chat.core.conversation import MessageStatus, new_conversation
from tui_chat.core.search_query import WORDS_LIMIT, split_query
from tui_chat.storage.search import fts_index as search
from tui_chat.storage.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(params=["index", "like"])
def any_store(
    request: pytest.FixtureRequest, path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Store]:
    """A store with a search index, and one whose SQLite library has none."""
    if request.param == "like":
        monkeypatch.setattr(search, "can_index", lambda _: False)
    with Store(path) as store:
        assert store._has_index == (request.param == "index")
        yield store


def _say(store: Store, title: str, *texts: str) -> None:
    conversation = new_conversation()
    for text in texts:
        turn = asked(text, conversation)
        conversation = turn.conversation
        store.add_turn(conversation, turn.question, turn.replied("ok", MessageStatus.COMPLETE))
    store.save_conversation(replace(conversation, title=title))


def _found(store: Store, query: str) -> list[str]:
    return sorted(summary.title for summary in store.summaries(query=query))


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("天空为什么", ["Farben"]),
        ("天空", ["Farben"]),
        ("蓝", ["Farben"]),
        ("天 蓝", ["Farben"]),
        ("海洋", []),
        ("PYTHON", ["Code"]),
        ("yth", ["Code"]),
        ("python sort", ["Code"]),
        ("sort python", ["Code"]),
        ("python 天空", []),
        ("100%", ["Signs"]),
        ("%", ["Signs"]),
        ("_", ["Signs"]),
        ("a_c", []),
        ("a\\b", ["Signs"]),
        ("\\", ["Signs"]),
        ('"', ["Signs"]),
        ('say "hello"', ["Signs"]),
        ('""', []),
        ("it's", ["Signs"]),
        ("python AND", []),
        ("Python OR zebra", []),
        ("NOT", []),
        ("NEAR(python)", []),
        ("content:python", []),
        ("pyth*", []),
        ("^python", []),
        ("-python", []),
        ("(", []),
        ("{", []),
        ("Äpfel", ["Fruit"]),
        ("äpfel", ["Fruit"]),
        ("ÄP", ["Fruit"]),
        ("äp", ["Fruit"]),
        ("farb", ["Farben"]),
        ("FA", ["Farben"]),
        ("Code", ["Code"]),
        ("👩‍👩‍👧", ["Fruit"]),
        ("x\0y", []),
        ("\ud83d", []),
    ],
)
def test_queries_find_matching_conversations(
    any_store: Store, query: str, titles: list[str]
) -> None:
    _say(any_store, "Farben", "天空为什么是蓝色的?", "next")
    _say(any_store, "Code", "sort a list in Python")
    _say(any_store, "Signs", 'it\'s 100% sure: say "hello" a\\b, a_b abc')
    _say(any_store, "Fruit", "Äpfel und Birnen 👩‍👩‍👧")

    assert _found(any_store, query) == titles


@pytest.mark.parametrize("query", ["", "  ", "\n\t", "\0"])
def test_a_query_without_words_lists_everything(any_store: Store, query: str) -> None:
    _say(any_store, "one", "1")
    _say(any_store, "two", "2")

    assert _found(any_store, query) == ["one", "two"]


def test_a_long_query_is_truncated(any_store: Store) -> None:
    _say(any_store, "long", "x" * 1000)

    assert _found(any_store, "x" * 100_000) == ["long"]
    assert len(split_query(" ".join(map(str, range(10_000))))) == WORDS_LIMIT


def test_deleted_messages_and_conversations_are_not_found(any_store: Store) -> None:
    _say(any_store, "gone", "needle")
    connection_of(any_store).execute("UPDATE messages SET deleted_at = created_at")

    assert _found(any_store, "needle") == []


def test_the_index_follows_a_reply(any_store: Store) -> None:
    turn = asked("title")
    any_store.add_turn(turn.conversation, turn.question, turn.reply)
    for text, status in (
        ("first words", MessageStatus.INTERRUPTED),
        ("first words and", MessageStatus.STREAMING),
        ("second try", MessageStatus.COMPLETE),
        ("second try", MessageStatus.COMPLETE),
        ("third try", MessageStatus.COMPLETE),
    ):
        any_store.save_reply(turn.replied(text, status))

    assert _found(any_store, "third") == ["title"]
    assert _found(any_store, "second") == []
    assert _found(any_store, "first") == []
    _assert_index_is_whole(any_store)


def test_checkpoints_do_not_touch_the_index(store: Store) -> None:
    turn = asked("title")
    store.add_turn(turn.conversation, turn.question, turn.reply)
    size = "SELECT sum(length(block)), count(*) FROM messages_fts_data"
    before = connection_of(store).execute(size).fetchone()

    store.save_reply(turn.replied("a needle in a long answer"))

    assert connection_of(store).execute(size).fetchone() == before
    store.save_reply(turn.replied("a needle in a long answer", MessageStatus.CANCELLED))
    assert _found(store, "needle") == ["title"]


def test_a_purged_conversation_leaves_the_index(store: Store) -> None:
    _say(store, "gone", "needle")

    connection_of(store).execute("DELETE FROM conversations")

    _assert_index_is_whole(store)
    assert connection_of(store).execute("SELECT count(*) FROM messages").fetchone() == (0,)


def test_the_index_is_rebuilt_after_a_library_without_fts5(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Store(path) as store:
        _say(store, "first", "needle one")
    with monkeypatch.context() as patch:
        patch.setattr(search, "can_index", lambda _: False)
        with Store(path) as store:
            assert _triggers(store) == 0
            _say(store, "second", "needle two")
            assert _found(store, "needle") == ["first", "second"]

    with Store(path) as store:
        assert store._has_index
        assert _found(store, "needle") == ["first", "second"]
        _assert_index_is_whole(store)


@pytest.mark.parametrize("title", ["kept", "kept needle"])
def test_a_search_rebuilds_a_damaged_index(store: Store, title: str) -> None:
    _say(store, title, "a needle")
    connection_of(store).execute("DELETE FROM messages_fts_data WHERE id > 10")
    connection_of(store).execute("DELETE FROM titles_fts_data WHERE id > 10")

    assert _found(store, "needle") == [title]
    _assert_index_is_whole(store)


def test_a_write_rebuilds_a_damaged_index(store: Store) -> None:
    _say(store, "kept", "a needle")
    connection_of(store).execute("UPDATE messages_fts_data SET block = x'ff00ff'")

    _say(store, "new", "another needle")

    assert _found(store, "needle") == ["kept", "new"]
    _assert_index_is_whole(store)


@settings(max_examples=150, deadline=None)
@given(query=st.text(st.characters(categories=None) | st.sampled_from('"*^(){}:+-%_\\ ANDORT')))
def test_no_query_is_an_error(query: str) -> None:
    _SHARED.summaries(query=query)


@settings(max_examples=100, deadline=None)
@given(text=st.text(min_size=1), data=st.data())
def test_every_substring_finds_its_message(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    piece = text[start : start + data.draw(st.integers(1, 8))]
    if "\0" in text:
        return  # what follows a NUL is kept, and not found
    with Store(None) as store:
        turn = asked(text)
        store.add_turn(turn.conversation, turn.question, turn.reply)

        assert len(store.summaries(query=piece)) == 1


def _triggers(store: Store) -> int:
    sql = "SELECT count(*) FROM sqlite_master WHERE type = 'trigger'"
    return int(connection_of(store).execute(sql).fetchone()[0])


def _assert_index_is_whole(store: Store) -> None:
    if not store._has_index:
        return
    indexed = "SELECT count(*) FROM messages_fts_docsize"
    wanted = "SELECT count(*) FROM messages WHERE status <> 'streaming'"
    assert connection_of(store).execute(indexed).fetchall() == (
        connection_of(store).execute(wanted).fetchall()
    )
    for table in ("messages_fts", "titles_fts"):
        try:
            statement = f"INSERT INTO {table} ({table}) VALUES ('integrity-check')"  # noqa: S608
            connection_of(store).execute(statement)
        except sqlite3.DatabaseError as error:
            pytest.fail(f"{table}: {error}")


_SHARED = Store(None)
_say(_SHARED, "any", "some text")
