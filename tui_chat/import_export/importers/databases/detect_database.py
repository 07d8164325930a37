"""Detects the program that wrote a SQLite database, and reads its conversations."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tui_chat.core.errors import StorageError
from tui_chat.core.labels import _
from tui_chat.import_export.importers.build_tree import build_transcript
from tui_chat.import_export.importers.databases import elia, oterm
from tui_chat.import_export.importers.databases import llm as llm_logs
from tui_chat.import_export.importers.databases.foreign_database import Tables, open_tables
from tui_chat.import_export.importers.exports import open_webui
from tui_chat.import_export.importers.exports import tui_chat as own
from tui_chat.import_export.importers.parse_each import parse_each
from tui_chat.import_export.importers.skipped import conversation_label
from tui_chat.import_export.importers.source import Source
from tui_chat.import_export.malformed import Malformed
from tui_chat.storage.read_only import Reader

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from tui_chat.core.transcript import Transcript
    from tui_chat.import_export.importers.build_tree import ParsedConversation
    from tui_chat.import_export.importers.skipped import Tally


def open_database(path: Path, supported: str) -> Source:
    """Open a database of conversations.

    Args:
        path: The database.
        supported: The supported formats, as a sentence for an error.

    Raises:
        StorageError: The database cannot be read, or its program is unknown.
    """
    source = Source(path)
    try:
        tables: Tables = source.enter(open_tables(path))
        if not (_add_foreign(source, tables) or _add_own(source, tables)):
            raise StorageError(
                _("{path} is a database of an unknown program.").format(path=path), supported
            )
    except BaseException:
        source.close()
        raise
    return source


def _add_foreign(source: Source, tables: Tables) -> bool:
    """Add the conversations of another program's database; return whether it is known."""
    tally = source.tally
    if elia.is_store(tables):
        source.add(elia.NAME, _build_each(elia.conversations(tables, tally), tally))
    elif oterm.is_store(tables):
        changed_at = datetime.fromtimestamp(source.path.stat().st_mtime, UTC)
        source.add(oterm.NAME, _build_each(oterm.conversations(tables, tally, changed_at), tally))
    elif llm_logs.is_store(tables):
        source.add(llm_logs.NAME, _build_each(llm_logs.conversations(tables, tally), tally))
    elif open_webui.is_store(tables):
        chats = open_webui.records(tables, tally)
        parsed = parse_each(chats, open_webui.transcript_from, tally)
        source.add(open_webui.DATABASE, parsed)
    return bool(source.names)


def _add_own(source: Source, tables: Tables) -> bool:
    """Add the conversations of a tui-chat database; return whether it is one.

    Raises:
        StorageError: Its schema was changed.
    """
    if not tables.has("messages", "conversation_id", "parent_id"):
        return False
    if tables.has_views or not tables.has("conversations", "id", "title", "leaf_id"):
        # A view may be an endless query.
        raise StorageError(
            _("{path} looks like a tui-chat database, but its schema was changed.").format(
                path=source.path
            ),
            _("Nothing was imported."),
        )
    reader = source.enter(Reader(source.path, is_own=False))
    source.add(own.DATABASE, own.transcripts_of_database(reader, source.tally))
    return True


def _build_each(
    conversations: Iterable[ParsedConversation], tally: Tally
) -> Iterator[Transcript | None]:
    for number, (origin, nodes) in enumerate(conversations, start=1):
        try:
            yield build_transcript(origin, nodes)
        except Malformed as error:
            tally.reject(conversation_label(origin.title, number), str(error))
