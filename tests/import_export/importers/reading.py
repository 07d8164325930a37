"""Imports files of other programs in tests."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

from tui_chat.core.conversation import Role
from tui_chat.import_export.importers.detect_format import open_source

if TYPE_CHECKING:
    from pathlib import Path

    from tui_chat.core.transcript import Transcript
    from tui_chat.import_export.importers.skipped import Tally

USER, BOT = Role.USER.value, Role.ASSISTANT.value


def outline(found: Transcript) -> list[tuple[str, str, str]]:
    """Return the role, text and reasoning of each message of the shown path."""
    return [(m.role.value, m.content, m.reasoning) for m in found.path]


def read(path: Path) -> tuple[list[Transcript], Tally]:
    """Return the conversations of a file and the tally of its import."""
    with open_source(path) as source:
        return list(source.transcripts()), source.tally


def read_json(path: Path, value: object) -> tuple[list[Transcript], Tally]:
    """Write a value as JSON and import that file."""
    path.write_text(json.dumps(value), encoding="utf-8")
    return read(path)


def database(path: Path, script: str, rows: dict[str, list[tuple[Any, ...]]]) -> Path:
    """Create a database with rows, each in the order of its table's columns."""
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(script)
        for table, entries in rows.items():
            marks = ",".join("?" * len(entries[0]))
            connection.executemany(f"INSERT INTO {table} VALUES ({marks})", entries)  # noqa: S608
        connection.commit()
    return path


def tree(transcript: Transcript) -> dict[str, str | None]:
    """Return the content of each message with that of its parent."""
    by_id = {message.id: message.content for message in transcript.messages}
    return {
        message.content: by_id[message.parent_id] if message.parent_id else None
        for message in transcript.messages
    }
