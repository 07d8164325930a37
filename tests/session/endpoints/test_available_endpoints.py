from __future__ import annotations

from dataclasses import replace

import pytest

from tests.fakes import RecordingView
from tests.session.endpoints.sent import ONE, TWO, UNNAMED, begun, reopened, texts
from tests.session.test_services import PROFILES, Opener, configure, opened
from tui_chat.config.paths import find_paths
from tui_chat.core.conversation import new_conversation
from tui_chat.core.profile import Origin, Profile
from tui_chat.core.stream_events import Finished, TextDelta
from tui_chat.session.endpoints.available_endpoints import Endpoints
from tui_chat.session.launch import Launch


async def test_a_conversation_continues_with_the_profile_of_its_flag() -> None:
    configure(PROFILES)
    async with opened(profile="two", model="m9") as services:
        await begun(services)

    opener = Opener()
    async with opened(opener) as services:
        session = await begun(services, "more?")
        assert (session.profile.name, session.model) == ("two", "m9")
    assert texts(opener, TWO) == ["secret?", "Hello.", "more?"]
    assert texts(opener, ONE) == []


async def test_the_embedded_profile_has_priority_over_the_file() -> None:
    configure(PROFILES)
    async with opened(profile="two") as services:
        session = await begun(services)
        assert session.conversation.profile == "two"

    async with opened() as services:
        assert (await reopened(services)).profile.name == "two"
        anew = services.sessions.new()
        assert anew is not None
        assert anew.profile.name == "one"


@pytest.mark.parametrize(
    "variables",
    [{"OPENAI_BASE_URL": "http://127.0.0.1:7/v1"}, {"OPENAI_API_KEY": "sk-1"},
     {"TUI_CHAT_PROFILE": "one"}],
)  # fmt: skip
async def test_a_changed_environment_starts_a_new_conversation(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]
) -> None:
    configure(UNNAMED)
    async with opened(profile="two") as services:
        begun_id = (await begun(services)).conversation.id
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    opener = Opener()
    async with opened(opener) as services:
        session = await begun(services, "more?")
        assert session.conversation.id != begun_id
        assert services.sessions.left_with == "two (127.0.0.1:8)"
        assert session.profile.base_url != TWO
    assert [m.content for p in opener.providers for r in p.requests for m in r.messages] == [
        "more?"
    ]


async def test_an_unchanged_environment_continues_the_conversation(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", ONE)
    configure(UNNAMED)
    async with opened(profile="two") as services:
        await begun(services)
    async with opened() as services:
        assert (await reopened(services)).profile.name == "two"
        assert services.sessions.left_with == ""


@pytest.mark.parametrize(
    "flags", [{"profile": "one"}, {"base_url": ONE}, {"profile": "two", "base_url": ONE}]
)
async def test_a_flag_for_another_endpoint_starts_a_new_conversation(flags: dict[str, str]) -> None:
    configure(PROFILES)
    async with opened(profile="two") as services:
        await begun(services)
    async with opened(flags=flags) as services:
        session = await reopened(services)
        assert (session.path, session.profile.base_url) == ([], ONE)
        assert services.sessions.left_with == "two (127.0.0.1:8)"


@pytest.mark.parametrize("flags", [{"profile": "two"}, {"base_url": TWO}, {"base_url": f"{TWO}/"}])
async def test_a_flag_for_the_same_endpoint_continues_the_conversation(
    flags: dict[str, str],
) -> None:
    configure(PROFILES)
    async with opened(profile="two") as services:
        await begun(services)
    async with opened(flags={**flags, "model": "other"}) as services:
        session = await reopened(services)
        assert (len(session.path), session.model) == (2, "other")


@pytest.mark.parametrize(
    "config",
    [
        PROFILES.replace("127.0.0.1:8", "127.0.0.1:7"),
        PROFILES.replace("profiles.two", "profiles.three"),
        PROFILES.replace("127.0.0.1:8/v1", "127.0.0.1:8/tenant/v1"),
        PROFILES.replace("http://127.0.0.1:8", "https://127.0.0.1:8"),
    ],
)
async def test_a_missing_or_changed_profile_starts_a_new_conversation(
    config: str,
) -> None:
    configure(PROFILES)
    async with opened(profile="two") as services:
        await begun(services)
    configure(config)
    async with opened() as services:
        session = await reopened(services)
        assert (session.path, session.profile.name) == ([], "one")
        assert services.sessions.left_with == "two (127.0.0.1:8)"


async def test_without_its_base_url_flag_a_new_conversation_starts() -> None:
    configure(PROFILES)
    async with opened(base_url="http://127.0.0.1:7/v1", model="m") as services:
        await begun(services)
    async with opened() as services:
        assert (await reopened(services)).path == []
        assert services.sessions.left_with == "one (127.0.0.1:7)"


async def test_the_new_flag_starts_a_new_conversation() -> None:
    configure(PROFILES)
    async with opened() as services:
        await begun(services)
    for more in ({"is_new": True}, {"question": "Why?"}):
        async with opened() as services:
            services.launch = replace(services.launch, **more)
            assert (await reopened(services)).path == []


async def test_a_draft_is_opened_with_the_profile_it_was_written_for() -> None:
    configure(PROFILES)
    async with opened(profile="two") as services:
        session = await reopened(services)
        await session.save_draft("private thou")
    async with opened() as services:
        session = await reopened(services)
        assert (session.profile.name, session.conversation.draft) == ("two", "private thou")
    async with opened(profile="one") as services:
        assert (await reopened(services)).conversation.draft == ""


async def test_the_model_that_the_provider_chose_is_kept() -> None:
    configure(UNNAMED)
    opener = Opener()
    async with opened(opener, base_url=ONE) as services:
        session = await reopened(services)
        opener_script = [TextDelta("Hi."), Finished("stop", asked_model="first-of-two")]
        provider = await session.open_provider()
        provider.scripts = [opener_script]  # type: ignore[attr-defined]
        await session.run_turn("Hi?", RecordingView())
        assert session.model == "first-of-two"
    async with opened(base_url=ONE) as services:
        assert (await reopened(services)).model == "first-of-two"


def test_found_servers_become_profiles_once_and_never_replace_one() -> None:
    endpoints = Endpoints(Launch(find_paths({}), {"GROQ_API_KEY": "k"}, {}), None)
    ollama = Profile("ollama", "http://127.0.0.1:11434/v1", origin=Origin.SERVER_FOUND)
    same_address = replace(ollama, name="again")
    assert endpoints.add_found([ollama, same_address]) == [ollama, same_address][:1]
    assert endpoints.add_found([ollama]) == []
    assert [it.name for it in endpoints.profiles] == ["groq", "ollama"]


def test_a_chosen_profile_is_for_new_conversations_unless_one_is_configured() -> None:
    launch = Launch(find_paths({}), {"GROQ_API_KEY": "k"}, {})
    endpoints = Endpoints(launch, None)
    endpoints.prefer(endpoints.profiles[0])
    assert endpoints.choice.profile == endpoints.profiles[0]
    flagged = Endpoints(replace(launch, flags={"profile": "groq"}), None)
    chosen = flagged.choice
    flagged.prefer(Profile("other", "https://example.com/v1"))
    assert flagged.choice == chosen


def test_a_conversation_with_a_local_server_stays_with_it_before_it_is_found() -> None:
    endpoints = Endpoints(Launch(find_paths({}), {}, {}), None)
    own = replace(new_conversation(), profile="ollama")
    profile = endpoints.profile_of(own, [])
    assert profile is not None
    assert profile.base_url == "http://127.0.0.1:11434/v1"
