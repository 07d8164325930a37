"""The tables of llm from version 0.32 on, with the schema of that program."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.import_export.importers.reading import database, read

if TYPE_CHECKING:
    from pathlib import Path

THREADS = """
CREATE TABLE fragments (id INTEGER PRIMARY KEY, hash TEXT, content TEXT, datetime_utc TEXT,
  source TEXT);
CREATE TABLE conversations (id TEXT PRIMARY KEY, name TEXT, model TEXT);
CREATE TABLE responses (id TEXT PRIMARY KEY, model TEXT, prompt TEXT, response TEXT,
  conversation_id TEXT, datetime_utc TEXT);
CREATE TABLE messages (hash TEXT PRIMARY KEY, parent_hash TEXT REFERENCES messages(hash), role TEXT,
  provider_metadata TEXT);
CREATE TABLE parts (id INTEGER PRIMARY KEY, message_hash TEXT REFERENCES messages(hash),
  position INTEGER, type TEXT, tool_name TEXT, text TEXT, payload TEXT);
CREATE TABLE threads (id TEXT PRIMARY KEY, name TEXT, tip_message_hash TEXT,
  forked_from TEXT REFERENCES threads(id), datetime_utc TEXT);
CREATE TABLE turns (id TEXT PRIMARY KEY, thread_id TEXT REFERENCES threads(id),
  parent_message_hash TEXT, tip_message_hash TEXT, model TEXT, resolved_model TEXT,
  options_json TEXT, schema_id TEXT, input_tokens INTEGER, output_tokens INTEGER,
  token_details TEXT, duration_ms INTEGER, datetime_utc TEXT, response_json TEXT);
CREATE VIRTUAL TABLE turn_search_fts USING fts5 (prompt, response);
"""


def test_the_threads_of_llm_are_imported(tmp_path: Path) -> None:
    at = "2026-11-30T15:41:0{}.000000+00:00".format
    fragments = '{"text_ref": [{"fragment": 1}, {"literal": "\\n问"}, {"fragment": 9}]}'

    def turn(name: str, thread: str, question: str, reply: str, second: int) -> tuple[object, ...]:
        return (name, thread, question, reply, "gpt-4o", "gpt-4o-2026", None, None, 5, 7, None, 105,
                at(second), None)  # fmt: skip

    path = database(tmp_path / "logs.db", THREADS, {
        "fragments": [(1, "h", "fragment body", at(0), None)],
        "conversations": [("c", "Old", "m")],
        "responses": [("r", "m", "Older?", "Yes.", "c", at(0))],
        "messages": [("s", None, "system", None), ("q1", "s", "user", None),
                     ("a1", "q1", "assistant", None), ("q2", "a1", "user", None),
                     ("a2", "q2", "assistant", None), ("t2", "a2", "tool", None),
                     ("a3", "t2", "assistant", None), ("b1", "q1", "assistant", None),
                     ("x", "x", "user", None)],
        "parts": [
            (1, "s", 0, "text", None, "Be brief.", None),
            (2, "q1", 0, "text", None, None, fragments),
            (3, "q1", 1, "attachment", None, None, "{}"),
            (4, "a1", 0, "reasoning", None, "想", None),
            (5, "a1", 1, "text", None, "答", None),
            (6, "q2", 0, "text", None, "time?", "{broken"),
            (7, "a2", 0, "tool_call", "t", None, "{}"),
            (8, "t2", 0, "tool_result", "t", None, "{}"),
            (9, "a3", 0, "text", None, "Noon.", None),
            (10, "b1", 0, "text", None, "Other", None),
            (11, "b1", 1, "new", None, None, "{}"),
        ],
        "threads": [("01", "问…", "a3", None, at(5)), ("02", "fork", "b1", "01", at(6)),
                    ("03", "empty", None, None, at(7)), ("04", "cycle", "x", None, at(8))],
        "turns": [turn("t1", "01", "q1", "a1", 1), turn("t2", "01", "q2", "a3", 2),
                  turn("t3", "02", "q1", "b1", 3), turn("t4", "gone", "q1", "b1", 4)],
    })  # fmt: skip

    found, tally = read(path)

    old, first, fork = found
    assert old.conversation.title == "Old"
    assert [m.content for m in first.path] == ["fragment body\n问", "答", "time?", "Noon."]
    assert first.conversation.system_prompt == "Be brief."
    reply = first.path[1]
    assert (reply.model, reply.reasoning, reply.output_tokens) == ("gpt-4o-2026", "想", 7)
    assert [m.content for m in fork.path] == ["fragment body\n问", "Other"]
    assert tally.broken == ["“cycle”: the messages form a cycle"]
    assert sorted(tally.skipped_counts()) == [
        "1 block of unknown type", "1 empty conversation", "1 message without a conversation",
        "1 tool call", "1 tool result", "2 attachments",
    ]  # fmt: skip
