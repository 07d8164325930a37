"""The databases of elia, oterm and llm, with the schemas of those programs."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from tests.import_export.importers.reading import database, read, tree
from tests.storage.build import asked
from tui_chat.core.conversation import MessageStatus
from tui_chat.core.errors import StorageError
from tui_chat.storage.store import Store

if TYPE_CHECKING:
    from pathlib import Path

ELIA = """
CREATE TABLE chat (id INTEGER NOT NULL, model VARCHAR NOT NULL, title VARCHAR, started_at DATETIME
  DEFAULT CURRENT_TIMESTAMP, archived BOOLEAN NOT NULL, PRIMARY KEY (id));
CREATE TABLE message (id INTEGER NOT NULL, chat_id INTEGER, role VARCHAR NOT NULL,
  content VARCHAR NOT NULL, timestamp DATETIME DEFAULT CURRENT_TIMESTAMP, meta JSON,
  parent_id INTEGER, model VARCHAR, PRIMARY KEY (id), FOREIGN KEY(chat_id) REFERENCES chat (id),
  FOREIGN KEY(parent_id) REFERENCES message (id));
CREATE TABLE system_prompt (id INTEGER NOT NULL, title VARCHAR NOT NULL, prompt VARCHAR NOT NULL);
"""
OTERM = """
CREATE TABLE chat (id INTEGER, name TEXT, model TEXT NOT NULL, system TEXT, format TEXT,
  parameters TEXT DEFAULT "{}", keep_alive INTEGER DEFAULT 5, tools TEXT DEFAULT "[]",
  PRIMARY KEY(id AUTOINCREMENT));
CREATE TABLE message (id INTEGER, chat_id INTEGER NOT NULL, author TEXT NOT NULL,
  text TEXT NOT NULL, images TEXT DEFAULT "[]", PRIMARY KEY(id AUTOINCREMENT),
  FOREIGN KEY(chat_id) REFERENCES chat(id) ON DELETE CASCADE);
"""
LLM = """
CREATE TABLE conversations (id TEXT PRIMARY KEY, name TEXT, model TEXT);
CREATE TABLE responses (id TEXT PRIMARY KEY, model TEXT, prompt TEXT, system TEXT, prompt_json TEXT,
  options_json TEXT, response TEXT, response_json TEXT,
  conversation_id TEXT REFERENCES conversations(id), duration_ms INTEGER, datetime_utc TEXT,
  input_tokens INTEGER, output_tokens INTEGER, token_details TEXT, schema_id TEXT,
  resolved_model TEXT);
CREATE TABLE fragments (id INTEGER PRIMARY KEY, hash TEXT, content TEXT, datetime_utc TEXT,
  source TEXT);
CREATE TABLE prompt_fragments (response_id TEXT, fragment_id INTEGER, "order" INTEGER);
CREATE TABLE system_fragments (response_id TEXT, fragment_id INTEGER, "order" INTEGER);
CREATE TABLE prompt_attachments (response_id TEXT, attachment_id TEXT, "order" INTEGER);
CREATE TABLE tool_calls (id INTEGER PRIMARY KEY, response_id TEXT, name TEXT);
CREATE VIRTUAL TABLE responses_fts USING fts5 (prompt, response, content=responses);
"""


def test_an_elia_database_is_imported(tmp_path: Path) -> None:
    at = "2026-01-02 03:04:0{}.000000".format
    path = database(tmp_path / "any name", ELIA, {
        "chat": [(1, "gpt-4o", "Sky", at(0), 0), (2, "gpt-4o", None, at(0), 1),
                 (3, "m", "", at(0), 0)],
        "message": [
            (1, 1, "system", "Be brief.", at(1), "{}", None, "gpt-4o"),
            (2, 1, "user", "Why?", at(2), "{}", None, "gpt-4o"),
            (3, 1, "assistant", "Because.", at(3), "{}", None, "gpt-4o"),
            (4, 1, "assistant", "Air.", at(4), "{}", 2, "claude"),
            (5, 2, "user", "Only a question", at(5), "{}", None, "m"),
            (6, 9, "user", "Nobody's", at(5), "{}", None, "m"),
        ],
    })  # fmt: skip

    (sky, untitled), tally = read(path)

    assert tree(sky) == {"Why?": None, "Because.": "Why?", "Air.": "Why?"}
    assert [m.content for m in sky.path] == ["Why?", "Air."]
    assert sky.conversation.system_prompt == "Be brief."
    assert sky.conversation.created_at.isoformat() == "2026-01-02T03:04:00+00:00"
    assert [m.model for m in sky.messages] == [None, "gpt-4o", "claude"]
    assert untitled.conversation.title == "Only a question"
    assert sorted(tally.skipped_counts()) == [
        "1 empty conversation",
        "1 message without a conversation",
    ]


def test_an_oterm_database_is_imported(tmp_path: Path) -> None:
    path = database(tmp_path / "store", OTERM, {
        "chat": [(1, "chat #1", "llama3", "Be brief.", "", "{}", 5, "[]")],
        "message": [
            (1, 1, "user", "Why?", '["aGk="]'), (2, 1, "assistant", "Because.", "[]"),
            (3, 1, "me", "So?", "broken"), (4, 1, "ollama", "So.", None), (5, 1, "x", "?", "[]"),
        ],
    })  # fmt: skip
    changed = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    os.utime(path, (changed.timestamp(), changed.timestamp()))

    (found,), tally = read(path)

    assert tree(found) == {"Why?": None, "Because.": "Why?", "So?": "Because.", "So.": "So?"}
    assert found.conversation.title == "chat #1"
    assert found.conversation.system_prompt == "Be brief."
    assert found.conversation.updated_at == changed
    assert [m.model for m in found.messages] == [None, "llama3", None, "llama3"]
    assert sorted(tally.skipped_counts()) == ["1 image", "1 message by an unknown author"]


def test_an_oterm_database_without_images_is_imported(tmp_path: Path) -> None:
    script = OTERM.replace(', images TEXT DEFAULT "[]"', "").replace("system TEXT, ", "")
    path = database(tmp_path / "store", script, {
        "chat": [(1, "old", "llama2", "", "{}", 5, "[]")], "message": [(1, 1, "user", "Why?")],
    })  # fmt: skip

    (found,), _ = read(path)

    assert found.conversation.title == "old"


def test_an_llm_database_is_imported(tmp_path: Path) -> None:
    def row(
        name: str, prompt: str, response: str, owner: str | None, at: int
    ) -> tuple[object, ...]:
        time = f"2026-01-02T03:04:{at:02}.123456"
        return (name, "gpt-4o", prompt, "Be brief.", None, "{}", response, "{}", owner, 1500, time,
                10, 20, None, None, "gpt-4o-2024" if at == 1 else None)  # fmt: skip

    path = database(tmp_path / "logs", LLM, {
        "conversations": [("c1", "Sky", "gpt-4o"), ("c2", "Nothing", "m")],
        "responses": [row("r2", "And?", "Red.", "c1", 2), row("r1", "Why?", "Blue.", "c1", 1),
                      row("r3", "Alone", "Yes.", None, 3)],
        "fragments": [(1, "h", "A long text", "", ""), (2, "g", "The system's", "", "")],
        "prompt_fragments": [("r1", 1, 0)],
        "system_fragments": [("r1", 2, 0)],
        "prompt_attachments": [("r1", "a", 0)],
        "tool_calls": [(1, "r1", "search"), (2, "r1", "search")],
    })  # fmt: skip

    found, tally = read(path)

    by_title = {transcript.conversation.title: transcript for transcript in found}
    sky = by_title["Sky"]
    assert tree(sky) == {
        "A long text\n\nWhy?": None,
        "Blue.": "A long text\n\nWhy?",
        "And?": "Blue.",
        "Red.": "And?",
    }
    assert sky.conversation.system_prompt == "The system's\n\nBe brief."
    answer = sky.messages[1]
    assert (answer.model, answer.input_tokens, answer.output_tokens) == ("gpt-4o-2024", 10, 20)
    assert answer.finished_at is not None
    assert (answer.finished_at - answer.created_at).total_seconds() == 1.5
    assert [m.content for m in by_title["Alone"].path] == ["Alone", "Yes."]
    assert sorted(tally.skipped_counts()) == [
        "1 attachment",
        "1 empty conversation",
        "2 tool calls",
    ]


def test_an_llm_database_without_conversations_is_imported(tmp_path: Path) -> None:
    script = """CREATE TABLE logs (id INTEGER PRIMARY KEY, model TEXT, prompt TEXT, system TEXT,
        prompt_json TEXT, options_json TEXT, response TEXT, response_json TEXT,
        reply_to_id INTEGER, chat_id INTEGER, duration_ms INTEGER, datetime_utc TEXT)"""

    def row(
        number: int, prompt: str, response: str, reply_to: int | None, chat: int | None
    ) -> tuple[object, ...]:
        time = f"2023-06-17T15:00:{number:02}.123456"
        return (number, "gpt-3.5", prompt, None, "", "", response, "", reply_to, chat, 1500, time)

    path = database(tmp_path / "logs", script, {
        "logs": [row(1, "Why?", "Blue.", None, None), row(2, "And?", "Red.", 1, 1),
                 row(3, "Else?", "Grey.", 1, None), row(4, "Alone", "Yes.", None, None)],
    })  # fmt: skip

    (sky, alone), tally = read(path)

    assert tree(sky) == {
        "Why?": None, "Blue.": "Why?", "And?": "Blue.", "Red.": "And?", "Else?": "Blue.",
        "Grey.": "Else?",
    }  # fmt: skip
    assert [m.content for m in alone.path] == ["Alone", "Yes."]
    assert sky.messages[1].model == "gpt-3.5"
    assert sky.messages[0].created_at.year == 2023
    assert not tally.skipped


def test_an_llm_database_without_ids_is_imported(tmp_path: Path) -> None:
    script = (
        "CREATE TABLE log (provider TEXT, system TEXT, prompt TEXT, chat_id TEXT, response TEXT,"
        " model TEXT, timestamp TEXT)"
    )
    path = database(tmp_path / "log", script, {
        "log": [("OpenAI", "Be brief.", "Why?", None, "Blue.", "m", "2023-04-01 12:00:00.5"),
                ("OpenAI", None, "Alone", None, "Yes.", "m", "2023-04-01 12:00:01")],
    })  # fmt: skip

    (sky, alone), _ = read(path)

    assert [m.content for m in sky.path] == ["Why?", "Blue."]
    assert sky.conversation.system_prompt == "Be brief."
    assert [m.content for m in alone.path] == ["Alone", "Yes."]


def test_llm_reasoning_and_image_only_questions_are_imported(tmp_path: Path) -> None:
    script = (
        LLM
        + """;CREATE TABLE parts (id INTEGER PRIMARY KEY, response_id TEXT, direction TEXT,
        role TEXT, part_type TEXT, "order" INTEGER, content TEXT)"""
    )
    path = database(tmp_path / "logs", script, {
        "conversations": [("c1", "Sky", "m")],
        "responses": [("r1", "m", "", None, None, "{}", "A cat.", "{}", "c1", 5,
                       "2026-01-02T03:04:05", 1, 2, None, None, None)],
        "prompt_attachments": [("r1", "a", 0)],
        "parts": [(1, "r1", "output", "assistant", "reasoning", 0, "Hm."),
                  (2, "r1", "output", "assistant", "text", 1, "A cat.")],
    })  # fmt: skip

    (found,), _ = read(path)

    assert [m.content for m in found.path] == ["[attachment]", "A cat."]
    assert found.path[1].reasoning == "Hm."


def test_a_tui_chat_database_is_imported(tmp_path: Path) -> None:
    path = tmp_path / "backup"
    turn = asked("Why?")
    with Store(path) as store:
        reply = turn.replied("Because.", MessageStatus.COMPLETE)
        store.add_turn(turn.conversation, turn.question, reply)

    (found,), _ = read(path)

    assert found.conversation.id == turn.conversation.id
    assert [m.content for m in found.path] == ["Why?", "Because."]


@pytest.mark.parametrize("table", ["chat", "message"])
def test_a_view_in_place_of_a_table_is_not_queried(tmp_path: Path, table: str) -> None:
    path = database(tmp_path / "x", ELIA, {"chat": [(1, "m", "Sky", None, 0)]})
    with closing(sqlite3.connect(path)) as connection:
        endless = (
            "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x FROM n) "
            "SELECT 1 AS id, 1 AS chat_id, 'user' AS role, 'x' AS content, 't' AS title FROM n"
        )
        connection.execute(f"DROP TABLE {table}")
        connection.execute(f"CREATE VIEW {table} AS {endless}")
        connection.commit()

    with pytest.raises(StorageError, match="a database of an unknown program"):
        read(path)


def test_values_of_wrong_types_are_ignored(tmp_path: Path) -> None:
    path = database(tmp_path / "x", ELIA, {
        "chat": [(1, b"\xff", b"\xff", 7, 0), (2**62, "m", "Huge", None, 0)],
        "message": [
            (1, 1, "user", b"\xff", 1e300, None, None, None),
            (2, 1, "user", "Why?", "never", None, "x", 3),
            (3, 1, b"user", 7.5, None, None, None, None),
            (4, 1, "user", "Ring", None, None, 4, None),
        ],
    })  # fmt: skip
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE message SET content = CAST(x'ff41' AS TEXT) WHERE id = 1")
        connection.commit()

    found, tally = read(path)
    assert (found, tally.broken) == ([], ["conversation 1: the messages form a cycle"])
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DELETE FROM message WHERE id = 4")
        connection.commit()
    (found_one,), tally = read(path)

    assert [m.content for m in found_one.messages] == ["\ufffdA", "Why?"]
    assert tally.skipped_counts() == ["1 message by an unknown author"]


def test_a_damaged_database_is_reported(tmp_path: Path) -> None:
    rows = [(number, 1, "user", "x" * 500, None, None, None, None) for number in range(1, 500)]
    path = database(tmp_path / "x", ELIA, {"chat": [(1, "m", "Sky", None, 0)], "message": rows})
    content = bytearray(path.read_bytes())
    content[20_000:80_000] = b"\xaa" * 60_000
    path.write_bytes(content)

    with pytest.raises(StorageError, match="cannot be read as a database"):
        read(path)


def test_a_database_in_use_is_read_without_changes(tmp_path: Path) -> None:
    path = database(tmp_path / "x", ELIA, {"chat": [(1, "m", "Sky", None, 0)],
                    "message": [(1, 1, "user", "Why?", None, None, None, None)]})  # fmt: skip
    copy = shutil.copyfile(path, tmp_path / "copy")
    with closing(sqlite3.connect(path)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("UPDATE chat SET title = 'Not yet'")

        (found,), _ = read(path)

    assert found.conversation.title == "Sky"
    assert path.read_bytes() == copy.read_bytes()


def test_an_unknown_leaf_falls_back_to_the_last_message(tmp_path: Path) -> None:
    path = tmp_path / "backup"
    with Store(path) as store:
        turn = asked("one")
        store.add_turn(turn.conversation, turn.question, turn.reply)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE conversations SET leaf_id = 'nowhere'")
        connection.commit()

    (found,), tally = read(path)

    assert [message.content for message in found.path] == ["one", ""]
    assert tally.broken == []


def test_a_database_of_oterm_with_providers_is_imported(tmp_path: Path) -> None:
    script = OTERM.replace("format TEXT,", 'provider TEXT DEFAULT "ollama",').replace(
        "keep_alive INTEGER DEFAULT 5, tools", "thinking BOOLEAN DEFAULT 0, tools"
    )
    path = database(tmp_path / "store.db", script, {
        "chat": [(1, "菜谱", "qwen3", None, "openai", "{}", 1, "[]")],
        "message": [(1, 1, "user", "怎么煮饭?", "[]"),
                    (2, 1, "assistant", "<think>\n想\n</think>\n\n加水。", "[]")],
    })  # fmt: skip

    (found,), _ = read(path)

    assert [(m.content, m.reasoning) for m in found.path] == [("怎么煮饭?", ""), ("加水。", "想")]
