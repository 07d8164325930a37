"""Detects the format of a file from its content, and reads its conversations."""

from __future__ import annotations

import sqlite3
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, Final

from tui_chat.config.file_paths import PathKind, path_errors_as, path_kind, shown_path
from tui_chat.core.errors import StorageError
from tui_chat.core.labels import N_, _
from tui_chat.import_export.importers import chatgpt, claude, elia, oterm
from tui_chat.import_export.importers import llm as llm_logs
from tui_chat.import_export.importers import tui_chat as own
from tui_chat.import_export.importers.build_tree import build_transcript
from tui_chat.import_export.importers.foreign_database import Tables, database_error, open_tables
from tui_chat.import_export.importers.json_stream import JsonText
from tui_chat.import_export.importers.skipped import Skipped, Tally, conversation_label
from tui_chat.import_export.importers.untrusted_values import mapping
from tui_chat.import_export.importers.zip_file import is_zip, json_members
from tui_chat.import_export.malformed import Malformed
from tui_chat.storage.database.sqlite_errors import storage_error
from tui_chat.storage.read_only import Reader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path
    from types import ModuleType

    from tui_chat.core.transcript import Transcript
    from tui_chat.import_export.importers.build_tree import ParsedConversation

_SQLITE: Final = b"SQLite format 3\0"
MAX_JSON_BYTES: Final = 1_000_000_000
_SAMPLE: Final = 20
"""Elements of a list that are checked to detect its format."""
_SUPPORTED: Final = N_(
    "Supported: files from `tui-chat export` and `tui-chat backup`, the data exports of ChatGPT "
    "and Claude (the .zip, or conversations.json in it), and the databases of elia, oterm and llm."
)


@dataclass(slots=True)
class Source(AbstractContextManager["Source"]):
    """An open file of conversations.

    Attributes:
        path: The file.
        names: The detected formats; several for an archive.
        tally: What the import leaves out; complete once all transcripts have been read.
    """

    path: Path
    names: list[str] = field(default_factory=list)
    tally: Tally = field(default_factory=Tally)
    _parts: list[Iterable[Transcript | None]] = field(default_factory=list)
    _stack: ExitStack = field(default_factory=ExitStack)

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._stack.close()

    def transcripts(self) -> Iterator[Transcript]:
        """Yield the conversations.

        Raises:
            StorageError: The file cannot be read, or breaks its format from here on.
        """
        try:
            for transcript in chain.from_iterable(self._parts):
                if transcript is None:
                    self.tally.skip(Skipped.EMPTY_CONVERSATION)
                else:
                    yield transcript
        except sqlite3.Error as error:
            raise database_error(self.path, error) from error
        except Malformed as error:
            raise StorageError(f"{error}.") from error

    def add(self, name: str, part: Iterable[Transcript | None]) -> None:
        """Add the conversations of the file, or of one file in an archive."""
        if _(name) not in self.names:
            self.names.append(_(name))
        self._parts.append(part)

    def enter(self, context: Any) -> Any:
        """Enter a context that ends when the source is closed."""
        return self._stack.enter_context(context)


def open_source(path: Path) -> Source:
    """Open a file of conversations of any supported format.

    Raises:
        StorageError: The file cannot be read, or its format is not supported.
    """
    shown = shown_path(path)
    _check_file(path, shown)
    try:
        with path.open("rb") as file:
            head = file.read(len(_SQLITE))
        if head == _SQLITE:
            return _database(path)
        source = Source(path)
        if is_zip(path):
            for name, data in json_members(path, MAX_JSON_BYTES):
                _add_member(source, f"{shown}: {name}", data)
        elif path.stat().st_size > MAX_JSON_BYTES:
            raise Malformed(
                _("{file} is larger than {limit:,} bytes").format(file=shown, limit=MAX_JSON_BYTES)
            )
        else:
            _add_json(source, shown, path.read_bytes())
    except OSError as error:
        raise storage_error(error, path) from error
    except Malformed as error:
        raise StorageError(f"{error}.", _("Nothing was imported.")) from error
    if not source.names:
        raise StorageError(
            _("{file} is not a supported file of conversations.").format(file=shown), _(_SUPPORTED)
        )
    return source


def _check_file(path: Path, shown: str) -> None:
    with path_errors_as(StorageError, path):
        kind = path_kind(path)
    if kind is PathKind.FOLDER:
        raise StorageError(
            _("{path} is a folder.").format(path=shown),
            _("Name a file in it, such as conversations.json."),
        )
    if kind is PathKind.MISSING:
        with path_errors_as(StorageError, path):
            path.stat()
    if kind is not PathKind.FILE:
        # A device may be endless, and a pipe can be read only once.
        raise StorageError(
            _("{path} is not a regular file.").format(path=shown),
            _("Save its content to a file first."),
        )


def _add_member(source: Source, name: str, data: bytes) -> None:
    try:
        _add_json(source, name, data)
    except Malformed:
        # Exports contain the user's uploads too, and their names may be wrong.
        if "conversation" in name.rpartition(":")[2].lower():
            raise
        source.tally.skip(Skipped.NOT_JSON)


def _add_json(source: Source, name: str, data: bytes) -> None:
    if not data.strip():
        raise Malformed(_("{file} is empty").format(file=name))
    text = JsonText(name, data)
    if not (text.is_object or text.is_list):
        return
    if text.is_object and not text.is_lines:
        head, records = text.split(own.LIST)
        if own.is_json(head):
            part = own.transcripts_of_json(head, records, source.tally)
            source.add(own.NAME, _name_in_errors(name, part))
            return
        if _add_foreign(source, records):
            return
    sample = text.sample(_SAMPLE)
    if not text.is_list and own.is_line(sample[0]):
        text.check()
        part = own.transcripts_of_lines(text, source.tally)
        source.add(own.NAME, _name_in_errors(name, part))
    elif _importer_of(sample) is not None:
        text.check()
        _add_foreign(source, text.elements() if text.is_list else text.values())


def _add_foreign(source: Source, values: Iterable[Any]) -> bool:
    """Add the conversations of another program's export; return whether its format is known."""
    values = iter(values)
    sample = list(islice(values, _SAMPLE))
    importer = _importer_of(sample)
    if importer is not None:
        parse = importer.transcript_from
        source.add(importer.NAME, _parse_each(chain(sample, values), parse, source.tally))
    return importer is not None


def _importer_of(sample: Iterable[Any]) -> ModuleType | None:
    for importer in (chatgpt, claude):
        if any(map(importer.is_conversation, sample)):
            return importer
    return None


def _parse_each(
    values: Iterable[Any],
    parse: Callable[[object, Tally], Transcript | None],
    tally: Tally,
) -> Iterator[Transcript | None]:
    for number, value in enumerate(values, start=1):
        try:
            yield parse(value, tally)
        except Malformed as error:
            record = mapping(value)
            title = str(record.get("title") or record.get("name") or "")
            tally.reject(conversation_label(title, number), str(error))


def _build_each(
    conversations: Iterable[ParsedConversation], tally: Tally
) -> Iterator[Transcript | None]:
    for number, (origin, nodes) in enumerate(conversations, start=1):
        try:
            yield build_transcript(origin, nodes)
        except Malformed as error:
            tally.reject(conversation_label(origin.title, number), str(error))


def _name_in_errors(name: str, transcripts: Iterable[Transcript]) -> Iterator[Transcript]:
    try:
        yield from transcripts
    except Malformed as error:
        raise Malformed(f"{name}: {error}") from error


def _database(path: Path) -> Source:
    source = Source(path)
    try:
        tables: Tables = source.enter(open_tables(path))
        if elia.is_store(tables):
            conversations = elia.conversations(tables, source.tally)
            source.add(elia.NAME, _build_each(conversations, source.tally))
        elif oterm.is_store(tables):
            changed_at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
            conversations = oterm.conversations(tables, source.tally, changed_at)
            source.add(oterm.NAME, _build_each(conversations, source.tally))
        elif llm_logs.is_store(tables):
            conversations = llm_logs.conversations(tables, source.tally)
            source.add(llm_logs.NAME, _build_each(conversations, source.tally))
        elif tables.has("messages", "conversation_id", "parent_id"):
            if tables.has_views or not tables.has("conversations", "id", "title", "leaf_id"):
                # A view may be an endless query.
                raise StorageError(
                    _("{path} looks like a tui-chat database, but its schema was changed.").format(
                        path=path
                    ),
                    _("Nothing was imported."),
                )
            reader = source.enter(Reader(path, is_own=False))
            source.add(own.DATABASE, own.transcripts_of_database(reader, source.tally))
        else:
            raise StorageError(
                _("{path} is a database of an unknown program.").format(path=path), _(_SUPPORTED)
            )
    except BaseException:
        source.close()
        raise
    return source
