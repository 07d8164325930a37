"""Each endpoint setting with each way to choose an endpoint."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.asker import Asker
from tests.pty.serving import Serving
from tests.sse_server import Answer, Stall
from tui_chat.config.endpoint_choice import EndpointOverrides, all_profiles, choose_profile
from tui_chat.core.profile import Profile, Sampling

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.config.conftest import Load

URL = "http://127.0.0.1:9/v1"
EMBEDDED = Profile("local", "", model="small", sampling=Sampling(0.2, 0.9), is_embedded=True)
FILE = f"""
[timeouts]
connect = 1
first_token = 2
idle = 3
[engine]
temperature = 0.7
max_tokens = 50
[profiles.p]
base_url = "{URL}"
"""

WAYS: dict[str, tuple[str, dict[str, str], dict[str, Any]]] = {
    "flag": ("", {}, {"base_url": URL}),
    "flag over a file's profile": ('profile = "p"', {}, {"base_url": "http://127.0.0.1:7/v1"}),
    "profile by flag": ("", {}, {"profile": "p"}),
    "profile by environment": ("", {"TUI_CHAT_PROFILE": "p"}, {}),
    "profile by file": ('profile = "p"', {}, {}),
    "base url of the environment": ("", {"OPENAI_BASE_URL": URL}, {}),
    "key of the environment": ("", {"OPENAI_API_KEY": "sk-1"}, {}),
    "environment by its name": ("", {"OPENAI_BASE_URL": URL}, {"profile": "environment"}),
    "environment by its host": ("", {"OPENAI_BASE_URL": URL}, {"profile": "127.0.0.1:9"}),
    "embedded": ("", {}, {}),
    "embedded by name": ("", {}, {"profile": "local"}),
    "embedded by its other name": ("", {}, {"profile": "embedded"}),
}


def chosen(load: Load, way: str, **more: Any) -> Profile:
    top, env, flags = WAYS[way]
    choice = choose_profile(
        load(f"{top}\n{FILE}"), env, EndpointOverrides(**flags, **more), embedded=EMBEDDED
    )
    assert choice.profile is not None, choice.problem
    return choice.profile


SETTINGS: dict[str, tuple[dict[str, Any], Callable[[Profile], Any], Any]] = {
    "connect": ({}, lambda profile: profile.timeouts.connect_s, 1),
    "first_token": ({}, lambda profile: profile.first_token_s, 2),
    "idle": ({}, lambda profile: profile.timeouts.idle_s, 3),
    "--model": ({"model": "m9"}, lambda profile: profile.model, "m9"),
    "--system": ({"system": "Be brief."}, lambda profile: profile.system_prompt, "Be brief."),
    "--no-stream": ({"stream": False}, lambda profile: profile.stream, False),
}


@pytest.mark.parametrize("setting", SETTINGS)
@pytest.mark.parametrize("way", WAYS)
def test_a_setting_applies_to_every_endpoint(load: Load, way: str, setting: str) -> None:
    more, value_of, wanted = SETTINGS[setting]
    assert value_of(chosen(load, way, **more)) == wanted


@pytest.mark.parametrize("way", ["embedded", "embedded by name", "embedded by its other name"])
def test_the_engine_table_applies_to_every_choice_of_the_embedded_model(
    load: Load, way: str
) -> None:
    assert chosen(load, way).sampling == Sampling(temperature=0.7, top_p=0.9, max_tokens=50)


def test_all_profiles_use_the_timeouts(load: Load) -> None:
    for profile in all_profiles(load(FILE), {"OPENAI_BASE_URL": "http://127.0.0.1:7/v1"}, EMBEDDED):
        assert (profile.timeouts.connect_s, profile.first_token_s) == (1, 2), profile.name


def test_a_profile_overrides_the_timeouts(load: Load) -> None:
    text = FILE + "timeouts = { first_token = 9 }\n"
    choice = choose_profile(load(text), {}, EndpointOverrides(profile="p"), embedded=None)
    assert choice.profile is not None
    assert (choice.profile.first_token_s, choice.profile.timeouts.idle_s) == (9, 3)


@pytest.mark.parametrize("way", ["flag", "environment", "profile"])
def test_the_configured_timeout_applies_to_a_silent_endpoint(
    way: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from tests.cli.test_offline import configure

    ask = Asker(monkeypatch, capsys)
    with Serving(Answer((Stall(),))) as server:
        configure(
            f'[timeouts]\nfirst_token = 0.2\n[profiles.p]\nbase_url = "{server.base_url}"\n'
            "max_retries = 0\n"
        )
        flags = {"flag": ["--base-url", server.base_url], "profile": ["--profile", "p"]}
        if way == "environment":
            monkeypatch.setitem(os.environ, "OPENAI_BASE_URL", server.base_url)
        assert ask("ask", "hi", "--model", "m", *flags.get(way, [])) == 1
    assert "0.2 s" in ask.err


def test_the_language_of_the_answers_applies_to_ask(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from tests.cli.test_offline import configure
    from tests.providers.wire import END, hello

    ask = Asker(monkeypatch, capsys)
    with Serving(Answer((hello(END),))) as server:
        configure(
            f'answer_language = "中文"\n[profiles.p]\nbase_url = "{server.base_url}"\n'
            'model = "m"\nsystem_prompt = "Be brief."\n'
        )
        assert ask("ask", "hi", "--profile", "p") == 0
        system = json.loads(server.requests[0].body)["messages"][0]
    assert system == {
        "role": "system",
        "content": "Be brief.\n\nAlways answer in this language: 中文",
    }
