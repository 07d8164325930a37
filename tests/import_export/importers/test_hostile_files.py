"""Crafted and broken files: an error message, and never half a conversation."""

from __future__ import annotations

import io
import json
import os
import signal
import sqlite3
import threading
import zipfile
from contextlib import closing, suppress
from copy import deepcopy
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.import_export.build import talk
from tests.import_export.importers.exports.test_chatgpt import BRANCHED
from tests.import_export.importers.exports.test_claude import chat_message
from tests.import_export.importers.exports.test_claude import conversation as claude_conversation
from tests.import_export.importers.reading import read, read_json
from tests.storage.build import asked
from tui_chat.core.errors import StorageError
from tui_chat.import_export.importers import detect_format as opening
from tui_chat.import_export.importers.databases.foreign_database import database_error
from tui_chat.import_export.importers.detect_format import open_source
from tui_chat.import_export.importers.zip_file import text_members
from tui_chat.import_export.json_format import as_json
from tui_chat.import_export.malformed import Malformed
from tui_chat.storage.import_writer import ImportWriter
from tui_chat.storage.read_only import allow_interruption
from tui_chat.storage.store import Store

CLAUDE = claude_conversation(
    chat_message("1", "human", "Why?", 1), chat_message("2", "assistant", "So.", 2)
)
OWN = json.loads("".join(as_json([talk("Why?", "Because", draft="And")])))


def zipped(path: Path, **members: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in members.items():
            file.writestr(f"{name}.json", data)
    return path


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", "x is empty"),
        (b" \n ", "x is empty"),
        (b"hello", "is not a supported file of conversations"),
        (b"{hello", "x, line 1: a value is missing or is not JSON"),
        (b'[{"mapping": {}},\n{"title": }]', "x, line 2: a value is missing"),
        (b'[{"mapping": {}}\n\n{"mapping": {}}]', "x, line 3: a comma or ] is missing here"),
        (b'[{"mapping": {}}] and more', "x, line 1: the file should end here"),
        (b'[{"mapping": {}},', "the file is incomplete"),
        (b'{"format": "tui-chat", "version": 1, "conv', "x, line 1:"),
        (b'[{"mapping": {}},\n"\xff"]', "x, line 2: this is not UTF-8 text"),
        (b"[" * 100_000, "nested too deeply"),
        (b'[{"mapping": {"a": ' + b"[" * 100_000, "nested too deeply"),
        (b'[{"mapping": {}, "x": ' + b"9" * 10_000 + b"}]", "a number in this is too long"),
        (b"[]", "is not a supported file of conversations"),
        (b'{"photos": []}', "is not a supported file of conversations"),
        (b"3", "is not a supported file of conversations"),
        (
            b'{"format": "tui-chat", "version": 1, "conversations": 3}',
            "`conversations` must be a list",
        ),
        (b"PK\x03\x04 not really", "damaged archive"),
        (b"SQLite format 3\0" + b"\0" * 4000, "cannot be read as a database"),
    ],
)
def test_a_broken_file_is_reported_with_its_line(
    tmp_path: Path, content: bytes, error: str
) -> None:
    path = tmp_path / "x"
    path.write_bytes(content)

    with pytest.raises(StorageError, match=r".") as caught:
        read(path)

    assert error in str(caught.value)
    assert str(path) in str(caught.value)


def test_missing_files_and_folders_are_reported(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="does not exist"):
        read(tmp_path / "nothing")
    with pytest.raises(StorageError, match="is not a supported file"):
        read(tmp_path)


def test_pipes_and_devices_are_not_read(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for path in (pipe, Path("/dev/zero")):
        with pytest.raises(StorageError, match="is not a regular file"):
            read(path)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_json_in_other_encodings_is_read(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "x"
    path.write_bytes(json.dumps([BRANCHED]).encode(encoding))

    assert len(read(path)[0]) == 1


def test_a_zip_bomb_is_not_unpacked(tmp_path: Path) -> None:
    path = zipped(tmp_path / "x", conversations=b"[" + b" " * 50_000_000)

    with pytest.raises(StorageError, match=r"conversations\.json is too large when unpacked"):
        read(path)


def test_the_size_limit_holds_for_all_files_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = json.dumps([BRANCHED]).encode()
    monkeypatch.setattr(opening, "MAX_JSON_BYTES", 3 * len(data))
    path = zipped(tmp_path / "x", a=data, b=data, c=data, d=data)

    with pytest.raises(StorageError, match="too large when unpacked"):
        read(path)
    path.write_bytes(b"[" + b" " * 4 * len(data))
    with pytest.raises(StorageError, match="is larger than"):
        read(path)


def test_a_forged_size_in_an_archive_is_reported(tmp_path: Path) -> None:
    path = zipped(tmp_path / "x", a=b"[]" + b" " * 1000)
    content = bytearray(path.read_bytes())
    # The unpacked size in the central directory.
    place = content.rindex(b"PK\x01\x02") + 24
    content[place : place + 4] = (5).to_bytes(4, "little")
    path.write_bytes(content)

    with pytest.raises(StorageError, match="damaged archive"):
        read(path)


def test_an_encrypted_archive_is_reported(tmp_path: Path) -> None:
    path = zipped(tmp_path / "x", a=b"[]")
    content = bytearray(path.read_bytes())
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.rindex(mark) + flags] |= 1
    path.write_bytes(content)

    with pytest.raises(StorageError, match="encrypted"):
        read(path)


def test_names_of_archive_members_are_escaped(tmp_path: Path) -> None:
    path = tmp_path / "x"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("../../\x1b]0;evil\x07conversations.json", b"{")

    with pytest.raises(StorageError, match="evil") as caught:
        read(path)
    assert "\x1b" not in str(caught.value)
    assert next(name for name, _ in text_members(path, 1000)).startswith("../../␛")


VALUES = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
    | st.sampled_from(["q", "a1", "1", "m1", "user", "2026-01-01", {}, [], [[]], {"a": {}}])
)  # fmt: skip


def paths(value: object, before: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the paths of all values inside a value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(
        value, list) else ()  # fmt: skip
    return [before, *(path for name, at in inner for path in paths(at, (*before, name)))]


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(st.data())
@pytest.mark.parametrize("whole", [[BRANCHED], [CLAUDE], OWN], ids=["chatgpt", "claude", "own"])
def test_any_value_anywhere_is_imported_or_reported(whole: Any, data: st.DataObject) -> None:
    changed = json.loads(json.dumps(whole))
    locations = paths(changed)[1:]
    for _ in range(data.draw(st.integers(1, 4))):
        *steps, last = data.draw(st.sampled_from(locations))
        target = changed
        try:
            for step in steps:
                target = target[step]
            target[last] = deepcopy(data.draw(VALUES))
        except (KeyError, IndexError, TypeError):
            continue  # an earlier change removed the path

    with TemporaryDirectory() as folder:
        try:
            found, _ = read_json(Path(folder) / "x", changed)
        except StorageError:
            return
        with ImportWriter.open_preview(Path(folder) / "none.db") as writer:
            for transcript in found:
                # Inserting is all or nothing.
                assert writer.write(transcript).added == len(transcript.messages)
                ids = {message.id for message in transcript.messages}
                assert transcript.conversation.leaf_id in {*ids, None}


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200), st.integers(0, 3000), st.integers(0, 40))
def test_a_damaged_archive_is_imported_or_reported(noise: bytes, place: int, length: int) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("conversations.json", json.dumps([BRANCHED]))
    content = bytearray(packed.getvalue())
    content[place : place + length] = noise
    with TemporaryDirectory() as folder:
        path = Path(folder) / "x"
        path.write_bytes(content)
        with suppress(StorageError), open_source(path) as source:
            list(source.transcripts())


ENDLESS = "WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n)"
CONVERSATIONS = (
    "id, title, profile, model, system_prompt, settings, leaf_id, draft, created_at, updated_at, "
    "deleted_at"
)


def own_database(path: Path, *changes: str, version: int | None = None) -> Path:
    """Create a tui-chat database and change its schema."""
    with Store(path) as store:
        turn = asked("Why?")
        store.add_turn(turn.conversation, turn.question, turn.reply)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
        for change in changes:
            connection.execute(change)
        if version is not None:
            connection.execute(f"PRAGMA user_version = {version}")
    return path


def endless_view(name: str, columns: str) -> str:
    values = ", ".join(f"x AS {column}" for column in columns.split(", "))
    return f"CREATE VIEW {name} AS {ENDLESS} SELECT {values}, x AS seq FROM n"  # noqa: S608


@pytest.mark.parametrize(
    "changes",
    [
        ("DROP TABLE conversations", endless_view("conversations", CONVERSATIONS)),
        ("CREATE VIEW beside AS SELECT 1",),
        ("ALTER TABLE conversations ADD COLUMN made TEXT AS (hex(zeroblob(1000000)))",),
        ("DROP TABLE conversations",),
        ("DROP TABLE conversations", "CREATE TABLE conversations (x)"),
    ],
)
def test_a_tui_chat_database_with_views_or_generated_columns_is_refused(
    tmp_path: Path, changes: tuple[str, ...]
) -> None:
    with pytest.raises(StorageError, match="its schema was changed"):
        read(own_database(tmp_path / "x.db", *changes))


def test_a_view_named_messages_is_not_queried(tmp_path: Path) -> None:
    columns = "id, conversation_id, parent_id"
    path = own_database(tmp_path / "x.db", "DROP TABLE messages", endless_view("messages", columns))
    with pytest.raises(StorageError, match="a database of an unknown program"):
        read(path)


def test_triggers_of_an_older_database_do_not_run(tmp_path: Path) -> None:
    endless = f"{ENDLESS} SELECT count(*) FROM n"  # noqa: S608
    path = own_database(
        tmp_path / "x.db",
        *(
            f"CREATE TRIGGER {table}_{verb} AFTER {verb} ON {table} BEGIN {endless_insert}; END"
            for table in ("conversations", "messages")
            for verb in ("INSERT", "UPDATE", "DELETE")
            for endless_insert in [f"SELECT ({endless})"]
        ),
        "DROP TABLE drafts",
        "DROP TABLE message_attachments",
        "DROP TABLE attachments",
        "DROP TABLE tool_calls",
        "DROP INDEX messages_usage",
        "ALTER TABLE messages DROP COLUMN cost",
        "ALTER TABLE messages DROP COLUMN sources",
        "DROP INDEX messages_asked",
        "ALTER TABLE messages DROP COLUMN edited_from",
        "ALTER TABLE conversations DROP COLUMN imported_at",
        version=1,
    )
    transcripts, _ = read(path)
    assert len(transcripts) == 1


def test_ctrl_c_interrupts_an_endless_query() -> None:
    started = threading.Event()
    main = threading.get_ident()

    def interrupt() -> None:
        started.wait()
        signal.pthread_kill(main, signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    with closing(sqlite3.connect(":memory:")) as connection:
        allow_interruption(connection)
        connection.create_function("started", 0, started.set)
        thread.start()
        # A scalar subquery runs once, before the first row.
        sql = f"{ENDLESS} SELECT count(*) FROM n WHERE (SELECT started()) IS NULL"  # noqa: S608
        with pytest.raises(sqlite3.OperationalError) as ended:
            connection.execute(sql).fetchall()
        with pytest.raises(KeyboardInterrupt):
            database_error(Path("x"), ended.value)
        thread.join()


def test_archives_that_are_nested_too_deeply_are_refused(tmp_path: Path) -> None:
    data = b"[]"
    for _ in range(5):
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("x.zip" if data != b"[]" else "x.json", data)
        data = file.getvalue()
    path = tmp_path / "x"
    path.write_bytes(data)

    with pytest.raises(StorageError, match="nested too deeply"):
        read(path)


def test_the_limits_hold_for_all_archives_together(tmp_path: Path) -> None:
    path = tmp_path / "x"
    with zipfile.ZipFile(path, "w") as outer:
        for number in range(3):
            file = io.BytesIO()
            with zipfile.ZipFile(file, "w") as archive:
                archive.writestr("a.json", b"1" * 1_000)
            outer.writestr(f"{number}.zip", file.getvalue())

    assert len(list(text_members(path, 10_000))) == 3
    with pytest.raises(Malformed, match="too large"):
        list(text_members(path, 4_000))
