"""Rejected paths from the user give an error message everywhere."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.storage.build import asked
from tests.user_paths import REFUSED, forbidding, refused_path
from tui_chat.cli.ask_batch import Collection
from tui_chat.cli.conversations.backup import back_up_into
from tui_chat.config.file_paths import shown_path
from tui_chat.config.toml_source import read_toml
from tui_chat.core.errors import TuiChatError
from tui_chat.core.profile import Profile
from tui_chat.core.transcript import Transcript
from tui_chat.import_export.export.formats import TranscriptFormat
from tui_chat.import_export.export.write_file import write_file, write_transcript
from tui_chat.import_export.importers.detect_format import open_source
from tui_chat.local_model.model_file import find_model
from tui_chat.providers import open_provider
from tui_chat.storage.import_writer import ImportWriter
from tui_chat.storage.read_only import Reader
from tui_chat.storage.store import Store
from tui_chat.structured.batch_rows import read_rows
from tui_chat.structured.schemas.find_schema import SchemaFolder, find_schema

if TYPE_CHECKING:
    from collections.abc import Callable

    Use = Callable[[Path], object]


def _database(folder: Path) -> Path:
    path = folder / "conversations.db"
    with Store(path) as store:
        turn = asked()
        store.add_turn(turn.conversation, turn.question, turn.reply)
    return path


def _export(path: Path) -> object:
    turn = asked()
    transcript = Transcript(turn.conversation, [turn.question, turn.reply])
    return write_transcript(transcript, TranscriptFormat.JSON, path)


def _schema(path: Path) -> object:
    return find_schema(str(path), SchemaFolder(Path("config.toml")), Path.cwd())


def _certificates(path: Path) -> object:
    profile = Profile(name="one", base_url="https://localhost:1/v1", ca_file=str(path))
    return asyncio.run(open_provider(profile, None))


USES: dict[str, Use] = {
    "export": _export,
    "write": lambda path: write_file(path, ["text"]),
    "replace": lambda path: write_file(path, ["text"], overwrite=True),
    "import": open_source,
    "store": Store,
    "reader": Reader,
    "take in": ImportWriter.open,
    "look": ImportWriter.open_preview,
    "schema": _schema,
    "rows": read_rows,
    "collect": lambda path: Collection(path, None),
    "model": lambda path: find_model(str(path)),
    "certificates": _certificates,
}


@pytest.mark.parametrize("kind", REFUSED)
@pytest.mark.parametrize("use", USES)
def test_a_rejected_path_is_reported(tmp_path: Path, kind: str, use: str) -> None:
    path = refused_path(kind, tmp_path)
    if (use, kind) == ("look", "below a file"):
        pytest.skip("a database that is missing is looked at as an empty one")

    with forbidding(path, kind), pytest.raises(TuiChatError) as caught:
        USES[use](path)

    words = caught.value.message
    assert words.isprintable()
    assert len(words) < 1000
    assert words.endswith((".", "?"))


@pytest.mark.parametrize("kind", REFUSED)
def test_a_rejected_backup_path_is_reported(tmp_path: Path, kind: str) -> None:
    (tmp_path / "data").mkdir()
    database = _database(tmp_path / "data")
    path = refused_path(kind, tmp_path)

    with forbidding(path, kind), pytest.raises(TuiChatError) as caught:
        back_up_into(database, path, is_replacing=False)

    assert caught.value.message.isprintable()


@pytest.mark.parametrize("kind", REFUSED)
def test_an_unreadable_configuration_is_a_problem(tmp_path: Path, kind: str) -> None:
    path = refused_path(kind, tmp_path, ".toml")

    with forbidding(path, kind):
        found = read_toml(path)

    assert found.table == {}


def test_folders_devices_and_pipes_are_not_files(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for path in (tmp_path, Path("/dev/zero"), pipe):
        for use in ("import", "store", "reader", "model", "certificates"):
            with pytest.raises(TuiChatError) as caught:
                USES[use](path)
            assert shown_path(path) in caught.value.message or path.name in caught.value.message
