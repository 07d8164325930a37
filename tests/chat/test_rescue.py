"""The end of a program that could not save: the database once more, else a file."""

from __future__ import annotations

import os
import re
import sqlite3
import sys
import tempfile
from contextlib import asynccontextmanager, closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from tests.chat.full_disk import BIG, fill_disk, free_disk
from tests.fakes import FakeProvider, RecordingView, answer
from tui_chat.chat.launch import Launch
from tui_chat.chat.services import Services
from tui_chat.config.paths import find_paths
from tui_chat.core.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import pytest

    from tui_chat.core.profile import Profile, Secret


@asynccontextmanager
async def opened() -> AsyncIterator[Services]:
    async def opener(profile: Profile, key: Secret | None) -> FakeProvider:
        return FakeProvider(answer("The answer."))

    env = dict(os.environ)
    flags = {"base_url": "http://127.0.0.1:9/v1", "model": "m"}
    services = Services(Launch(find_paths(env), env, flags), opener=opener)
    await services.open()
    try:
        yield services
    finally:
        await services.aclose()


async def asked(services: Services, text: str) -> None:
    session = services.new_session()
    assert session is not None
    await session.run_turn(text, RecordingView())
    with_draft = services.new_session()
    assert with_draft is not None
    with suppress(StorageError):
        await with_draft.save_draft("A draft. " + BIG)


def told_file(services: Services) -> Path:
    (words,) = services.farewell
    found = re.search(r"is in (\S+)$", words)
    assert found is not None
    return Path(found[1])


def asked_on_disk() -> list[str]:
    with closing(sqlite3.connect(find_paths(os.environ).database)) as connection:
        rows = connection.execute("SELECT content FROM messages WHERE role = 'user'")
        return [text for (text,) in rows]


async def test_what_a_full_disk_did_not_take_is_in_a_private_file() -> None:
    async with opened() as services:
        await fill_disk(services.store)
        await asked(services, "The question. " + BIG)

    path = told_file(services)
    text = path.read_text(encoding="utf-8")
    assert path.parent == find_paths(os.environ).state_dir
    assert all(part in text for part in ("## You", "The question.", "The answer.", "A draft."))
    if sys.platform != "win32":
        assert path.stat().st_mode & 0o777 == 0o600


async def test_nothing_is_told_when_the_disk_is_free_again_at_the_end() -> None:
    async with opened() as services:
        await fill_disk(services.store)
        await asked(services, "The question. " + BIG)
        await free_disk(services.store)

    assert services.farewell == []
    assert asked_on_disk() == ["The question. " + BIG]


async def test_what_was_kept_in_memory_goes_to_a_database_that_can_be_opened_at_the_end() -> None:
    database = find_paths(os.environ).database
    database.mkdir(parents=True)
    async with opened() as services:
        assert services.store.path is None
        await asked(services, "The question.")
        database.rmdir()

    assert services.farewell == []
    assert asked_on_disk() == ["The question."]
    async with opened() as services:
        latest = await services.store.latest_conversation()
        assert latest is not None
        assert latest.draft.startswith("A draft.")


async def test_what_was_kept_in_memory_goes_to_a_file_when_there_is_still_no_database() -> None:
    database = find_paths(os.environ).database
    database.mkdir(parents=True)
    async with opened() as services:
        await asked(services, "The question.")

    assert str(database) in services.farewell[0]
    text = told_file(services).read_text(encoding="utf-8")
    assert all(part in text for part in ("The question.", "The answer.", "A draft."))


async def test_without_any_file_it_is_told_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "gettempdir", lambda: "/dev/null")
    state = find_paths(os.environ).state_dir
    state.parent.mkdir(parents=True, exist_ok=True)
    state.write_text("not a folder", encoding="utf-8")
    async with opened() as services:
        await fill_disk(services.store)
        await asked(services, "The question. " + BIG)

    (words,) = services.farewell
    assert all(part in words for part in ("The question.", "The answer.", "A draft."))


async def test_a_run_without_trouble_or_words_leaves_no_file() -> None:
    database = find_paths(os.environ).database
    database.mkdir(parents=True)
    async with opened() as services:
        assert services.new_session() is not None
    assert services.farewell == []
