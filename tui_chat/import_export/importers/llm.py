"""The log of `llm` (logs.db): every row of `responses` is a question and its answer.

Fragments, texts that were put before a question, are part of it. A response that belongs to no
conversation is one of its own. Until version 0.6 the rows stood in `logs`, and before in `log`: the
row a chat began with is named in `chat_id`, the one before it in `reply_to_id`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from tui_chat.core.conversation import Role
from tui_chat.import_export.importers.build_tree import Node, Origin, Seed
from tui_chat.import_export.importers.untrusted_values import count, key, moment, text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tui_chat.import_export.importers.foreign_database import Tables
    from tui_chat.import_export.importers.skipped import Tally

NAME: Final = "the log of llm"
SOURCE: Final = "llm"

_COLUMNS: Final = (
    "id model resolved_model prompt system response reasoning conversation_id duration_ms"
    " datetime_utc input_tokens output_tokens"
)
_LEFT_OUT: Final = {
    "prompt_attachments": "attachment",
    "tool_calls": "call of a tool",
    "tool_results": "result of a tool",
}
_OLD_TABLES: Final = ("logs", "log")
_OLD_COLUMNS: Final = (
    "id model prompt system response chat_id reply_to_id duration_ms datetime_utc timestamp_utc"
    " timestamp"
)


def is_store(tables: Tables) -> bool:
    """Say whether a database is one of llm's."""
    is_new = tables.has("responses", "id", "prompt", "response") and tables.has(
        "conversations", "id"
    )
    return is_new or any(
        tables.has(table, "model", "prompt", "response", "chat_id") for table in _OLD_TABLES
    )


def transcripts(tables: Tables, tally: Tally) -> Iterator[Seed]:
    """Yield the conversations, ungrown."""
    for table, kind in _LEFT_OUT.items():
        tally.skip(kind, tables.count(table))
    names = {
        key(row["id"]): text(row["name"]) for row in tables.rows("conversations", "id name", "id")
    }
    before, systems = _fragments(tables, "prompt"), _fragments(tables, "system")
    attached = Counter(
        key(row["response_id"]) for row in tables.rows("prompt_attachments", "response_id", "")
    )
    thoughts = _thoughts(tables)
    by_conversation: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in tables.rows("responses", _COLUMNS, "datetime_utc id"):
        if not text(row["prompt"]).strip() and attached[key(row["id"])]:
            row = row | {"prompt": "[attachment]"}
        if not text(row["reasoning"]) and key(row["id"]) in thoughts:
            row = row | {"reasoning": "\n\n".join(thoughts[key(row["id"])])}
        owner = key(row["conversation_id"]) or f"response {key(row['id'])}"
        by_conversation[owner].append(row)
    for name, rows in by_conversation.items():
        yield _seed(name, names.pop(name, ""), rows, before, systems)
    tally.skip("empty conversation", len(names))
    for table in _OLD_TABLES:
        yield from _old_chats(tables, table)


def _old_chats(tables: Tables, table: str) -> Iterator[Seed]:
    """Yield the conversations of the time before `responses`."""
    chats: dict[str, list[dict[str, Any]]] = defaultdict(list)
    owners: dict[str, str] = {}
    for number, row in enumerate(tables.rows(table, _OLD_COLUMNS, "id"), start=1):
        name = key(row["id"]) or f"number {number}"
        before = key(row["reply_to_id"])
        owner = key(row["chat_id"]) or owners.get(before) or name
        owners[name] = owner
        asked_at = row["datetime_utc"] or row["timestamp_utc"] or row["timestamp"]
        # The rows of a store begin at 1: the time tells two stores apart.
        chats[owner].append(row | {"id": name, "datetime_utc": asked_at})
    for owner, rows in chats.items():
        began = text(rows[0]["datetime_utc"])
        yield _seed(f"{table} {owner} {began}".strip(), "", rows, {}, {})


def _seed(
    name: str,
    title: str,
    rows: Sequence[Mapping[str, Any]],
    before: Mapping[str, list[str]],
    systems: Mapping[str, list[str]],
) -> Seed:
    nodes: list[Node] = []
    for number, row in enumerate(rows, start=1):
        place = key(row["id"]) or f"number {number}"
        parent = nodes[-1].key if nodes else None
        if before_it := key(row.get("reply_to_id")):
            parent = f"{before_it} answer"
        nodes += _turn(row, place, parent, before.get(key(row["id"]), []))
    system = [*systems.get(key(rows[0]["id"]), []), text(rows[0]["system"])]
    origin = Origin(
        source=SOURCE,
        key=name,
        title=title,
        system_prompt="\n\n".join(part for part in system if part) or None,
    )
    return origin, nodes


def _turn(
    row: Mapping[str, Any], place: str, parent: str | None, fragments: Sequence[str]
) -> list[Node]:
    question = "\n\n".join(part for part in (*fragments, text(row["prompt"])) if part)
    answer, asked_at = text(row["response"]), moment(row["datetime_utc"])
    duration = count(row["duration_ms"])
    finished_at = None
    if asked_at is not None and duration is not None and duration < 10**9:
        finished_at = asked_at + timedelta(milliseconds=duration)
    return [
        Node(
            key=f"{place} question",
            parent=parent,
            role=Role.USER if question.strip() else None,
            content=question,
            created_at=asked_at,
        ),
        Node(
            key=f"{place} answer",
            parent=f"{place} question",
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


def _thoughts(tables: Tables) -> Mapping[str, list[str]]:
    """Return what was thought by the response it belongs to, where it stands in `parts`."""
    found: dict[str, list[str]] = defaultdict(list)
    columns = "response_id direction part_type content order"
    for row in tables.rows("parts", columns, "response_id order"):
        if row["direction"] == "output" and row["part_type"] == "reasoning" and row["content"]:
            found[key(row["response_id"])].append(text(row["content"]))
    return found


def _fragments(tables: Tables, kind: str) -> Mapping[str, list[str]]:
    """Return the texts of fragments by the response they belong to, in their order."""
    contents = {
        key(row["id"]): text(row["content"]) for row in tables.rows("fragments", "id content", "id")
    }
    found: dict[str, list[str]] = defaultdict(list)
    for row in tables.rows(f"{kind}_fragments", "response_id fragment_id order", "order"):
        found[key(row["response_id"])].append(contents.get(key(row["fragment_id"]), ""))
    return found
