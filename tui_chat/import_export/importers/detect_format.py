"""Finds out what a file is, by what is in it, and reads its conversations."""

from __future__ import annotations

import sqlite3
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, Final

from tui_chat.config.file_paths import PathKind, path_errors_as, path_kind, shown_path
from tui_chat.core.errors import StorageError
from tui_chat.core.text.sanitize import sanitize_line
from tui_chat.import_export.importers import chatgpt, claude, elia, oterm
from tui_chat.import_export.importers import llm as llm_logs
from tui_chat.import_export.importers import tui_chat as own
from tui_chat.import_export.importers.build_tree import grown
from tui_chat.import_export.importers.foreign_database import Tables, opened_tables, unreadable
from tui_chat.import_export.importers.json_stream import JsonText
from tui_chat.import_export.importers.skipped import Tally
from tui_chat.import_export.importers.untrusted_values import mapping
from tui_chat.import_export.importers.zip_file import is_zip, json_members
from tui_chat.import_export.malformed import Malformed
from tui_chat.storage.read_only import Reader
from tui_chat.storage.sqlite_errors import storage_error

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path
    from types import ModuleType

    from tui_chat.core.transcript import Transcript
    from tui_chat.import_export.importers.build_tree import Seed

_SQLITE: Final = b"SQLite format 3\0"
LARGEST_JSON_BYTES: Final = 1_000_000_000
_SAMPLE: Final = 20
"""So many elements of a list are looked at to find out what it holds."""
_KNOWN: Final = (
    "Known are: what `tui-chat export` and `tui-chat backup` write, the data exports of ChatGPT "
    "and Claude (the .zip, or conversations.json in it), and the databases of elia, oterm and llm."
)


@dataclass(slots=True)
class Source(AbstractContextManager["Source"]):
    """A file of conversations, open.

    Attributes:
        path: The file.
        names: What it was found to be; several for an archive.
        tally: What is left out; complete when all transcripts have been taken.
    """

    path: Path
    names: list[str] = field(default_factory=list)
    tally: Tally = field(default_factory=Tally)
    _parts: list[Iterable[Transcript | None]] = field(default_factory=list)
    _undo: ExitStack = field(default_factory=ExitStack)

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the files, and take away what was unpacked."""
        self._undo.close()

    def transcripts(self) -> Iterator[Transcript]:
        """Yield the conversations; each is whole.

        Raises:
            StorageError: The file cannot be read, or is not what it should be from here on.
        """
        try:
            for transcript in chain.from_iterable(self._parts):
                if transcript is None:
                    self.tally.skip("empty conversation")
                else:
                    yield transcript
        except sqlite3.Error as error:
            raise unreadable(self.path, error) from error
        except Malformed as problem:
            raise StorageError(f"{problem.words}.") from problem

    def add(self, name: str, part: Iterable[Transcript | None]) -> None:
        """Add conversations that come from one file of an archive, or the whole of a file."""
        if name not in self.names:
            self.names.append(name)
        self._parts.append(part)

    def enter(self, context: Any) -> Any:
        """Keep something open as long as the source is."""
        return self._undo.enter_context(context)


def open_source(path: Path) -> Source:
    """Open a file of conversations, whatever it is.

    Raises:
        StorageError: It cannot be read, or it is none of the known kinds; the words name the file.
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
            for name, data in json_members(path, LARGEST_JSON_BYTES):
                _add_member(source, f"{shown}: {name}", data)
        elif path.stat().st_size > LARGEST_JSON_BYTES:
            raise Malformed(f"{shown} is larger than {LARGEST_JSON_BYTES:,} bytes")
        else:
            _add_json(source, shown, path.read_bytes())
    except OSError as error:
        raise storage_error(error, path) from error
    except Malformed as problem:
        raise StorageError(f"{problem.words}.", "Nothing was taken.") from problem
    if not source.names:
        raise StorageError(f"{shown} is not a file of conversations that is known here.", _KNOWN)
    return source


def _check_file(path: Path, shown: str) -> None:
    with path_errors_as(StorageError, path):
        kind = path_kind(path)
    if kind is PathKind.FOLDER:
        raise StorageError(f"{shown} is a folder.", "Name a file in it: conversations.json.")
    if kind is PathKind.MISSING:
        with path_errors_as(StorageError, path):
            path.stat()
    if kind is not PathKind.FILE:
        # A device has no end, and a pipe can be read only once.
        raise StorageError(f"{shown} is not a file.", "Write what comes from it into one first.")


def _add_member(source: Source, name: str, data: bytes) -> None:
    try:
        _add_json(source, name, data)
    except Malformed:
        # The person's own files lie in such an archive too, and need not be JSON at all.
        if "conversation" in name.rpartition(":")[2].lower():
            raise
        source.tally.skip("file that is not JSON")


def _add_json(source: Source, name: str, data: bytes) -> None:
    if not data.strip():
        raise Malformed(f"{name} is empty")
    text = JsonText(name, data)
    if not (text.is_object or text.is_list):
        return  # whatever it is, it is nothing that is known here
    if text.is_object and not text.is_lines:
        head, records = text.split(own.LIST)
        if own.is_json(head):
            part = own.transcripts_of_json(head, records, source.tally)
            source.add(own.NAME, _told(name, part))
            return
        if _add_known(source, records):
            return
    sample = text.sample(_SAMPLE)
    if not text.is_list and own.is_line(sample[0]):
        text.check()
        source.add(own.NAME, _told(name, own.transcripts_of_lines(text, source.tally)))
    elif _kind_of(sample) is not None:
        text.check()
        _add_known(source, text.elements() if text.is_list else text.values())


def _add_known(source: Source, values: Iterable[Any]) -> bool:
    """Add the conversations of another program's export; say whether they are of a known one."""
    values = iter(values)
    sample = list(islice(values, _SAMPLE))
    kind = _kind_of(sample)
    if kind is not None:
        read = kind.transcript_from
        source.add(kind.NAME, _each(chain(sample, values), read, source.tally))
    return kind is not None


def _kind_of(sample: Iterable[Any]) -> ModuleType | None:
    for kind in (chatgpt, claude):
        if any(map(kind.is_conversation, sample)):
            return kind
    return None


def _each(
    values: Iterable[Any],
    read: Callable[[object, Tally], Transcript | None],
    tally: Tally,
) -> Iterator[Transcript | None]:
    for number, value in enumerate(values, start=1):
        try:
            yield read(value, tally)
        except Malformed as problem:
            about = mapping(value)
            title = sanitize_line(str(about.get("title") or about.get("name") or ""), 60)
            which = f"“{title}”" if title else f"conversation {number}"
            tally.reject(which, problem.words)


def _grown(seeds: Iterable[Seed], tally: Tally) -> Iterator[Transcript | None]:
    for origin, nodes in seeds:
        try:
            yield grown(origin, nodes)
        except Malformed as problem:
            tally.reject(f"“{origin.title}”" if origin.title else origin.key, problem.words)


def _told(name: str, transcripts: Iterable[Transcript]) -> Iterator[Transcript]:
    try:
        yield from transcripts
    except Malformed as problem:
        raise Malformed(f"{name}: {problem.words}") from problem


def _database(path: Path) -> Source:
    source = Source(path)
    try:
        tables: Tables = source.enter(opened_tables(path))
        if elia.is_store(tables):
            source.add(elia.NAME, _grown(elia.transcripts(tables, source.tally), source.tally))
        elif oterm.is_store(tables):
            changed_at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
            seeds = oterm.transcripts(tables, source.tally, changed_at)
            source.add(oterm.NAME, _grown(seeds, source.tally))
        elif llm_logs.is_store(tables):
            source.add(
                llm_logs.NAME, _grown(llm_logs.transcripts(tables, source.tally), source.tally)
            )
        elif tables.has("messages", "conversation_id", "parent_id"):
            if tables.has_views or not tables.has("conversations", "id", "title", "leaf_id"):
                # Of a view there may be no end, and a conversation is never computed.
                what = f"{path} looks like a database of tui-chat, and its tables are not tables."
                raise StorageError(what, "It was changed by something else; nothing was taken.")
            reader = source.enter(Reader(path, is_own=False))
            source.add(own.DATABASE, own.transcripts_of_database(reader, source.tally))
        else:
            what = f"{path} is a database, and of no program that is known here."
            raise StorageError(what, _KNOWN)
    except BaseException:
        source.__exit__(None, None, None)
        raise
    return source
