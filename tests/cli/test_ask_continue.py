"""`ask -c`, `ask --in` and `open`: a saved conversation is continued."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import subprocess
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.chat_app import launch, running_chat
from tests.cli.asker import Asker, answers, database, program, rows, streamed

if TYPE_CHECKING:
    from tests.pty.serving import Serving


def _ids() -> list[str]:
    with closing(sqlite3.connect(database())) as connection:
        query = "SELECT id FROM conversations ORDER BY created_at"
        return [row[0] for row in connection.execute(query)]


def _sent(serving: Serving) -> list[str]:
    """Return the texts of the messages in the last request."""
    messages = json.loads(serving.server.requests[-1].body)["messages"]
    return [message["content"] for message in messages]


@answers(streamed("First."), streamed("Second."))
def test_continue_asks_in_the_last_conversation(ask: Asker, serving: Serving) -> None:
    assert ask("ask", "one") == 0
    assert ask("ask", "-c", "two") == 0

    assert ask.out == "Second.\n"
    assert _sent(serving)[-3:] == ["one", "First.", "two"]
    assert len(_ids()) == 1
    assert [text for _, text, _ in rows()] == ["one", "First.", "two", "Second."]


@answers(streamed("A."), streamed("B."), streamed("C."))
def test_in_asks_in_the_named_conversation(ask: Asker, serving: Serving) -> None:
    assert ask("ask", "--save", "first topic") == 0
    assert ask("ask", "--save", "second topic") == 0
    first = _ids()[0]

    assert ask("ask", "--in", first, "more") == 0
    assert _sent(serving)[-3:] == ["first topic", "A.", "more"]


def test_a_conversation_that_does_not_exist_is_reported(ask: Asker, serving: Serving) -> None:
    assert ask("ask", "-c", "hi") == 2
    assert ask("ask", "--save", "hi") == 0
    assert ask("ask", "--in", "nowhere", "hi") == 2
    assert "No conversation has the id nowhere" in ask.err
    assert ask("open", "nowhere") == 2
    assert len(serving.server.requests) == 1


@pytest.mark.parametrize("flags", [["--temporary"], ["--count", "2", "--format", "json"]])
def test_conflicting_flags_are_reported(ask: Asker, serving: Serving, flags: list[str]) -> None:
    assert ask("ask", "--save", "hi") == 0
    assert ask("ask", "-c", "more", *flags) == 2
    assert len(_ids()) == 1


def test_a_conversation_is_not_sent_to_another_endpoint(ask: Asker, serving: Serving) -> None:
    assert ask("ask", "hi") == 0
    asked = len(serving.server.requests)

    assert ask("ask", "-c", "more", "--base-url", "http://127.0.0.1:9/v1") == 2
    assert "stays with" in ask.err
    assert len(serving.server.requests) == asked


def test_the_draft_of_a_continued_conversation_stays(ask: Asker, serving: Serving) -> None:
    assert ask("ask", "--save", "hi") == 0
    with closing(sqlite3.connect(database())) as connection, connection:
        connection.execute(
            "INSERT INTO drafts (conversation_id, owner, version, text) VALUES (?, ?, ?, ?)",
            (_ids()[0], "another window", "0", "half a thought"),
        )

    assert ask("ask", "-c", "more") == 0

    with closing(sqlite3.connect(database())) as connection:
        drafts = connection.execute("SELECT draft FROM conversations").fetchall()
    assert drafts == [("half a thought",)]


async def test_open_shows_the_named_conversation(
    monkeypatch: pytest.MonkeyPatch, serving: Serving
) -> None:
    env = {**os.environ, **serving.env()}
    for text in ("first", "second"):
        asking = await asyncio.create_subprocess_exec(
            *program("ask", "--save", text), env=env, stdin=subprocess.DEVNULL
        )
        assert await asking.wait() == 0
    given = replace(launch(), conversation_id=_ids()[0])

    async with running_chat(given=given) as chat:
        assert [it.content for it in chat.messages.virtual_list.messages][:1] == ["first"]
