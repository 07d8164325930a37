"""The end of a program that could not save: the database once more, else a file."""

from __future__ import annotations

import asyncio
import json
import os
import re
import sqlite3
import sys
import tempfile
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from tests.fakes import FakeProvider, Hold, RecordingView, answer
from tests.session.full_disk import BIG, fill_disk, free_disk
from tui_chat.config.paths import find_paths
from tui_chat.core.errors import StorageError
from tui_chat.core.stream_events import TextDelta
from tui_chat.import_export.export.rescue_files import write_rescue_files
from tui_chat.import_export.json_format import transcript_from
from tui_chat.import_export.malformed import Problems
from tui_chat.session.launch import Launch
from tui_chat.session.services import Services
from tui_chat.storage.import_writer import ImportWriter

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import pytest

    from tui_chat.core.profile import Profile, Secret


@asynccontextmanager
async def opened(provider: FakeProvider | None = None) -> AsyncIterator[Services]:
    async def opener(profile: Profile, key: Secret | None) -> FakeProvider:
        return provider or FakeProvider(answer("The answer."))

    env = dict(os.environ)
    flags = {"base_url": "http://127.0.0.1:9/v1", "model": "m"}
    services = Services(Launch(find_paths(env), env, flags), opener=opener)
    await services.open()
    try:
        yield services
    finally:
        await services.aclose()


async def asked(services: Services, text: str) -> None:
    session = services.sessions.new()
    assert session is not None
    await session.run_turn(text, RecordingView())
    with_draft = services.sessions.new()
    assert with_draft is not None
    with suppress(StorageError):
        await with_draft.save_draft("A draft. " + BIG)


def told(services: Services) -> str:
    """Return the words that tell where the rest is; it is put there."""
    assert services.unsaved_work is not None
    folder = find_paths(os.environ).state_dir
    return write_rescue_files(
        services.unsaved_work.transcripts, services.unsaved_work.reason, folder
    )


def file_of(words: str, what: str = "They are in") -> Path:
    found = re.search(rf"{what} (\S+)$", words, re.MULTILINE)
    assert found is not None
    return Path(found[1])


def brought_in(path: Path, database: Path) -> list[str]:
    """Bring a file in again, and return the texts that are in the database then."""
    transcripts = [
        transcript_from(record, Problems())
        for record in json.loads(path.read_bytes())["conversations"]
    ]
    with ImportWriter.open(database) as writer:
        for transcript in transcripts:
            writer.write(transcript)
    with closing(sqlite3.connect(database)) as connection:
        return [text for (text,) in connection.execute("SELECT content FROM messages")]


def asked_on_disk() -> list[str]:
    with closing(sqlite3.connect(find_paths(os.environ).database)) as connection:
        rows = connection.execute("SELECT content FROM messages WHERE role = 'user'")
        return [text for (text,) in rows]


async def test_unsaved_work_is_written_to_a_private_file() -> None:
    async with opened() as services:
        await fill_disk(services.store)
        await asked(services, "The question. " + BIG)

    words = told(services)
    path = file_of(words)
    text = path.read_text(encoding="utf-8")
    assert path.parent == find_paths(os.environ).state_dir
    assert all(part in text for part in ("## You", "The question.", "The answer.", "A draft."))
    if sys.platform != "win32":
        assert path.stat().st_mode & 0o777 == 0o600
    texts = brought_in(
        file_of(words, "tui-chat import"), find_paths(os.environ).data_dir / "conversations.db"
    )
    assert {"The question. " + BIG, "The answer."} <= set(texts)


async def test_a_partly_saved_reply_is_imported_as_a_version() -> None:
    hold = Hold()
    async with opened(FakeProvider([TextDelta("half"), hold, *answer(" and " + BIG)])) as services:
        session = services.sessions.new()
        assert session is not None
        turn = asyncio.get_running_loop().create_task(
            session.run_turn("The question.", RecordingView())
        )
        await hold.reached.wait()
        await session.store.save_reply(replace(session.path[-1], content="half"))
        await fill_disk(services.store)
        hold.go.set()
        await turn

    path = file_of(told(services), "tui-chat import")
    texts = brought_in(path, find_paths(os.environ).database)
    assert sorted(texts) == sorted(["The question.", "half", "half and " + BIG])


async def test_nothing_is_reported_if_the_disk_has_space_again_at_the_end() -> None:
    async with opened() as services:
        await fill_disk(services.store)
        await asked(services, "The question. " + BIG)
        await free_disk(services.store)

    assert services.unsaved_work is None
    assert asked_on_disk() == ["The question. " + BIG]


async def test_conversations_in_memory_are_saved_at_the_end() -> None:
    database = find_paths(os.environ).database
    database.mkdir(parents=True)
    async with opened() as services:
        assert services.store.path is None
        await asked(services, "The question.")
        database.rmdir()

    assert services.unsaved_work is None
    assert asked_on_disk() == ["The question."]
    async with opened() as services:
        latest = await services.store.latest_conversation()
        assert latest is not None
        assert latest.draft.startswith("A draft.")


async def test_conversations_in_memory_are_written_to_a_file_without_a_database() -> None:
    database = find_paths(os.environ).database
    database.mkdir(parents=True)
    async with opened() as services:
        await asked(services, "The question.")

    words = told(services)
    assert str(database) in words
    text = file_of(words).read_text(encoding="utf-8")
    assert all(part in text for part in ("The question.", "The answer.", "A draft."))


async def test_without_a_rescue_file_the_loss_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "gettempdir", lambda: "/dev/null")
    state = find_paths(os.environ).state_dir
    state.parent.mkdir(parents=True, exist_ok=True)
    state.write_text("not a folder", encoding="utf-8")
    async with opened() as services:
        await fill_disk(services.store)
        await asked(services, "The question. " + BIG)

    words = told(services)
    assert all(part in words for part in ("The question.", "The answer.", "A draft."))


async def test_a_run_without_unsaved_work_leaves_no_file() -> None:
    database = find_paths(os.environ).database
    database.mkdir(parents=True)
    async with opened() as services:
        assert services.sessions.new() is not None
    assert services.unsaved_work is None
