"""Tool calls in the database: one row each, written as their state changes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from tui_chat.core.conversation import MessageStatus
from tui_chat.core.text.sanitize import replace_surrogates
from tui_chat.core.tools.call_records import call_records, calls_from
from tui_chat.storage.row_mapping import (
    SkippedRows,
    list_from,
    mapping_from,
    unreadable_row,
)

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from tui_chat.core.conversation import Message
    from tui_chat.core.tools.call import ToolCall
    from tui_chat.storage.row_mapping import Row

_COLUMNS: Final = ("call_id", "server", "name", "arguments", "state", "started_at", "finished_at")
SELECT_CALL: Final = f"""
SELECT message_id, {", ".join(_COLUMNS)}, is_error, result, details FROM tool_calls
"""  # noqa: S608 - names of our own
_OF_CONVERSATION: Final = f"""
{SELECT_CALL}
WHERE message_id IN (SELECT id FROM messages WHERE conversation_id = ?)
ORDER BY message_id, position
"""  # noqa: S608
_HAS_ANY: Final = "SELECT EXISTS (SELECT 1 FROM tool_calls)"
_UPSERT: Final = f"""
INSERT INTO tool_calls (message_id, {", ".join(_COLUMNS)}, is_error, result, details, position)
VALUES ({", ".join("?" * 12)})
ON CONFLICT (message_id, position) DO UPDATE SET
  call_id = excluded.call_id, server = excluded.server, name = excluded.name,
  arguments = excluded.arguments, state = excluded.state, started_at = excluded.started_at,
  finished_at = excluded.finished_at, is_error = excluded.is_error, result = excluded.result,
  details = excluded.details
"""  # noqa: S608
_KNOWN: Final = "SELECT position, call_id, state FROM tool_calls WHERE message_id = ?"


def write_calls(connection: sqlite3.Connection, message: Message) -> None:
    """Write the tool calls of a message, inside a transaction.

    A call that has ended and is stored is not written again: results can be large, and a growing
    reply is saved many times.
    """
    if not message.tool_calls:
        return
    known = {row[0]: row[1:] for row in connection.execute(_KNOWN, (message.id,))}
    for position, call in enumerate(message.tool_calls):
        if not (call.state.is_final and known.get(position) == (call.call_id, call.state.value)):
            connection.execute(_UPSERT, (*call_row(message.id, call), position))


def calls_of(
    connection: sqlite3.Connection, conversation_id: str, unreadable: SkippedRows
) -> dict[str, tuple[ToolCall, ...]]:
    """Return the tool calls of a conversation's messages by message ID."""
    if not connection.execute(_HAS_ANY).fetchone()[0]:
        return {}
    found: dict[str, tuple[ToolCall, ...]] = {}
    for row in connection.execute(_OF_CONVERSATION, (conversation_id,)).fetchall():
        try:
            found[row[0]] = (*found.get(row[0], ()), call_from(row))
        except (ValueError, TypeError) as error:
            unreadable.add((row[0], row[1]), unreadable_row("message", row[0], error))
    return found


def ended_calls(message: Message, calls: Sequence[ToolCall]) -> tuple[ToolCall, ...]:
    """Return the calls of a message; those that were open when its writer died are interrupted."""
    if message.status is MessageStatus.STREAMING:
        return tuple(calls)
    return tuple(call.interrupted() for call in calls)


def call_row(message_id: str, call: ToolCall) -> Row:
    """Return the values of SELECT_CALL."""
    (record,) = call_records([call])
    columns = [_stored(record.pop(name, None)) for name in _COLUMNS]
    state = call.state.value
    named = dict(zip(_COLUMNS, columns, strict=True)) | {"state": state}
    texts = [named[it] if it.endswith("_at") else named[it] or "" for it in _COLUMNS]
    result = record.pop("result", None)
    record.pop("is_error", None)
    return (
        message_id,
        *texts,
        int(call.is_error),
        None if result is None else _dumps(result),
        _dumps(record),
    )


def call_from(row: Row) -> ToolCall:
    """Return the call of a SELECT_CALL row.

    Raises:
        ValueError: A value is invalid.
        TypeError: A value has another type.
    """
    _message_id, *values, is_error, result, details = row
    record: dict[str, Any] = mapping_from(details)
    record |= dict(zip(_COLUMNS, values, strict=True))
    record["is_error"] = bool(is_error)
    if result is not None:
        record["result"] = list_from(result)
    return calls_from([record])[0]


def _stored(value: Any) -> Any:
    return replace_surrogates(value) if isinstance(value, str) else value


def _dumps(value: object) -> str:
    # Not in ASCII: results are searched.
    return replace_surrogates(json.dumps(value, separators=(",", ":"), ensure_ascii=False))
