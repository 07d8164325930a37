"""Imports the database of `llm` (logs.db): every row of `responses` is a question and its reply.

Fragments are prepended to the question. A response without a conversation becomes one of its own.
Up to version 0.6 the table was `logs`, and earlier `log`: `chat_id` names the first row of a
conversation, `reply_to_id` the previous row. Newer versions have threads (`llm_threads.py`); their
databases may hold conversations of all of these.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from tui_chat.core.conversation import Role
from tui_chat.core.labels import N_
from tui_chat.import_export.importers.build_tree import Node, Origin, ParsedConversation
from tui_chat.import_export.importers.databases import llm_threads
from tui_chat.import_export.importers.skipped import Skipped
from tui_chat.import_export.importers.untrusted_values import count, key, moment, text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tui_chat.import_export.importers.databases.foreign_database import Tables
    from tui_chat.import_export.importers.skipped import Tally

NAME: Final = N_("llm's database")
SOURCE: Final = "llm"

_COLUMNS: Final = (
    "id model resolved_model prompt system response reasoning conversation_id duration_ms"
    " datetime_utc input_tokens output_tokens"
)
_SKIPPED_TABLES: Final = {
    "prompt_attachments": Skipped.ATTACHMENT,
    "tool_calls": Skipped.TOOL_CALL,
    "tool_results": Skipped.TOOL_RESULT,
}
_OLD_TABLES: Final = ("logs", "log")
_OLD_COLUMNS: Final = (
    "id model prompt system response chat_id reply_to_id duration_ms datetime_utc timestamp_utc"
    " timestamp"
)


def is_store(tables: Tables) -> bool:
    """Return whether a database belongs to llm."""
    is_new = tables.has("responses", "id", "prompt", "response") and tables.has(
        "conversations", "id"
    )
    return (
        llm_threads.has_threads(tables)
        or is_new
        or any(tables.has(table, "model", "prompt", "response", "chat_id") for table in _OLD_TABLES)
    )


def conversations(tables: Tables, tally: Tally) -> Iterator[ParsedConversation]:
    """Yield the conversations."""
    for table, kind in _SKIPPED_TABLES.items():
        tally.skip(kind, tables.count(table))
    names = {
        key(row["id"]): text(row["name"]) for row in tables.rows("conversations", "id name", "id")
    }
    prefixes, systems = _fragments(tables, "prompt"), _fragments(tables, "system")
    attached = Counter(
        key(row["response_id"]) for row in tables.rows("prompt_attachments", "response_id", "")
    )
    reasonings = _reasonings(tables)
    by_conversation: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in tables.rows("responses", _COLUMNS, "datetime_utc id"):
        if not text(row["prompt"]).strip() and attached[key(row["id"])]:
            row = row | {"prompt": Skipped.ATTACHMENT.placeholder}
        if not text(row["reasoning"]) and key(row["id"]) in reasonings:
            row = row | {"reasoning": "\n\n".join(reasonings[key(row["id"])])}
        owner = key(row["conversation_id"]) or f"response {key(row['id'])}"
        by_conversation[owner].append(row)
    for name, rows in by_conversation.items():
        yield _conversation(name, names.pop(name, ""), rows, prefixes, systems)
    tally.skip(Skipped.EMPTY_CONVERSATION, len(names))
    for table in _OLD_TABLES:
        yield from _old_chats(tables, table)
    if llm_threads.has_threads(tables):
        yield from llm_threads.conversations(tables, SOURCE, tally)


def _old_chats(tables: Tables, table: str) -> Iterator[ParsedConversation]:
    """Yield the conversations of versions without the table `responses`."""
    chats: dict[str, list[dict[str, Any]]] = defaultdict(list)
    owners: dict[str, str] = {}
    for number, row in enumerate(tables.rows(table, _OLD_COLUMNS, "id"), start=1):
        name = key(row["id"]) or f"number {number}"
        before = key(row["reply_to_id"])
        owner = key(row["chat_id"]) or owners.get(before) or name
        owners[name] = owner
        asked_at = row["datetime_utc"] or row["timestamp_utc"] or row["timestamp"]
        # Row numbers start at 1 in every database: the time keeps IDs of two databases apart.
        chats[owner].append(row | {"id": name, "datetime_utc": asked_at})
    for owner, rows in chats.items():
        started = text(rows[0]["datetime_utc"])
        yield _conversation(f"{table} {owner} {started}".strip(), "", rows, {}, {})


def _conversation(
    name: str,
    title: str,
    rows: Sequence[Mapping[str, Any]],
    prefixes: Mapping[str, list[str]],
    systems: Mapping[str, list[str]],
) -> ParsedConversation:
    nodes: list[Node] = []
    for number, row in enumerate(rows, start=1):
        turn = key(row["id"]) or f"number {number}"
        parent = nodes[-1].key if nodes else None
        if previous := key(row.get("reply_to_id")):
            parent = f"{previous} answer"
        nodes += _turn(row, turn, parent, prefixes.get(key(row["id"]), []))
    system = [*systems.get(key(rows[0]["id"]), []), text(rows[0]["system"])]
    origin = Origin(
        source=SOURCE,
        key=name,
        title=title,
        system_prompt="\n\n".join(part for part in system if part) or None,
    )
    return origin, nodes


def _turn(
    row: Mapping[str, Any], turn: str, parent: str | None, fragments: Sequence[str]
) -> list[Node]:
    question = "\n\n".join(part for part in (*fragments, text(row["prompt"])) if part)
    answer, asked_at = text(row["response"]), moment(row["datetime_utc"])
    duration = count(row["duration_ms"])
    finished_at = None
    if asked_at is not None and duration is not None and duration < 10**9:
        finished_at = asked_at + timedelta(milliseconds=duration)
    return [
        Node(
            key=f"{turn} question",
            parent=parent,
            role=Role.USER if question.strip() else None,
            content=question,
            created_at=asked_at,
        ),
        Node(
            key=f"{turn} answer",
            parent=f"{turn} question",
            role=Role.ASSISTANT if answer.strip() else None,
            content=answer,
            reasoning=text(row.get("reasoning")),
            created_at=asked_at,
            finished_at=finished_at,
            model=text(row.get("resolved_model")) or text(row["model"]) or None,
            input_tokens=count(row.get("input_tokens")),
            output_tokens=count(row.get("output_tokens")),
        ),
    ]


def _reasonings(tables: Tables) -> Mapping[str, list[str]]:
    """Return the reasoning in the table `parts` by response ID."""
    found: dict[str, list[str]] = defaultdict(list)
    columns = "response_id direction part_type content order"
    for row in tables.rows("parts", columns, "response_id order"):
        if row["direction"] == "output" and row["part_type"] == "reasoning" and row["content"]:
            found[key(row["response_id"])].append(text(row["content"]))
    return found


def _fragments(tables: Tables, kind: str) -> Mapping[str, list[str]]:
    """Return the texts of fragments, in order, by response ID."""
    contents = {
        key(row["id"]): text(row["content"]) for row in tables.rows("fragments", "id content", "id")
    }
    found: dict[str, list[str]] = defaultdict(list)
    for row in tables.rows(f"{kind}_fragments", "response_id fragment_id order", "order"):
        found[key(row["response_id"])].append(contents.get(key(row["fragment_id"]), ""))
    return found
