"""Any file gives settings; problems name their key; no message contains a secret."""

from __future__ import annotations

import json
import tempfile
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui_chat.config.endpoint_choice import EndpointOverrides, all_profiles, choose_profile
from tui_chat.config.settings import EngineSettings, Settings, load_settings
from tui_chat.config.ui_settings import UiSettings
from tui_chat.core.profile import SAMPLING_NAMES, Profile
from tui_chat.core.text.sanitize import sanitize_line

if TYPE_CHECKING:
    from tests.config.conftest import Load

ENV = {"HOME": "/home/al"}
EMBEDDED = Profile(name="local", base_url="", is_embedded=True)

OWN_KEYS = (
    "base_url model api_key api_key_env api_key_file api_key_command system_prompt stream sampling "
    "extra_body headers timeouts cancel verify ca_file max_retries send_reasoning context_tokens"
    " response_format"
)
PROFILE_KEYS = [*OWN_KEYS.split(), *SAMPLING_NAMES]
TOP_KEYS = ["profile", "nickname", "timeouts", "profiles", "engine", "ui", "keys", "api_key"]
ENGINE_KEYS = [field.name for field in fields(EngineSettings)]
UI_KEYS = [field.name for field in fields(UiSettings)]
TIMEOUT_KEYS = ["connect", "first_token", "idle"]

names = st.text(st.characters(codec="utf-8"), max_size=12)
scalars = (
    st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | names
    | st.sampled_from(["https://h/v1", "localhost:1", "{base_url}/{id}", "A_KEY", "~/x", "\x1b[2J"])
    | st.dates().map(lambda date: Raw(date.isoformat()))
    | st.datetimes().map(lambda moment: Raw(moment.isoformat()))
    | st.times().map(lambda time: Raw(time.isoformat()))
)
values: st.SearchStrategy[Any] = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=6,
)


class Raw(str):
    """A literal TOML value."""

    __slots__ = ()


def as_toml(value: Any) -> str:
    """Write a value as inline TOML."""
    if isinstance(value, Raw):
        return str(value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return str(value) if value == value else "nan"
    if isinstance(value, str):
        return as_string(value)
    if isinstance(value, list):
        return f"[{', '.join(map(as_toml, value))}]"
    pairs = (f"{as_string(key)} = {as_toml(inner)}" for key, inner in value.items())
    return "{" + ", ".join(pairs) + "}"


def as_string(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def tables_of(*keys: str) -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(st.sampled_from(keys) | names, values, max_size=6)


profiles = st.dictionaries(
    names | st.just("work"),
    st.fixed_dictionaries(
        {},
        optional={
            **dict.fromkeys(PROFILE_KEYS, values),
            "sampling": tables_of(*SAMPLING_NAMES) | values,
            "timeouts": tables_of(*TIMEOUT_KEYS) | values,
            "cancel": tables_of("method", "url") | values,
            "zzz": values,
        },
    ),
    max_size=3,
)
files = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(TOP_KEYS, values),
        "profiles": profiles | values,
        "engine": tables_of(*ENGINE_KEYS) | values,
        "ui": tables_of(*UI_KEYS) | values,
        "timeouts": tables_of(*TIMEOUT_KEYS) | values,
    },
)


def loaded(content: bytes, mode: int = 0o600) -> Settings:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "config.toml"
        file.write_bytes(content)
        file.chmod(mode)
        return load_settings(file, ENV)


def check(found: Settings) -> None:
    for problem in found.problems:
        assert problem.file.name in problem.message
        assert problem.summary
        assert problem.hint
        assert problem.message == sanitize_line(problem.message)
    for name, profile in found.profiles.items():
        assert name == profile.name
        assert name.isprintable()
        assert profile.base_url.startswith(("http://", "https://"))
        assert profile.timeouts.idle_s > 0
        assert 0 <= (profile.sampling.temperature or 0) <= 2
        json.dumps([profile.extra_body, profile.sampling.as_body()], allow_nan=False)
    assert found.timeouts.connect_s > 0
    assert found.nickname.isprintable()
    choice = choose_profile(found, ENV, EndpointOverrides(), embedded=EMBEDDED)
    assert (choice.profile is None) == (choice.problem is not None)
    listed = all_profiles(found, ENV, EMBEDDED)
    assert len({profile.name for profile in listed}) == len(listed)


@settings(max_examples=120, deadline=None)
@given(files)
def test_any_value_under_any_key_gives_settings(file: dict[str, Any]) -> None:
    text = "".join(f"{key} = {as_toml(value)}\n" for key, value in file.items())

    found = loaded(text.encode())

    check(found)
    for problem in found.problems:
        assert problem.key
        assert "Invalid TOML" not in problem.summary, "the test itself writes wrong TOML"


@pytest.mark.parametrize("key", [*TOP_KEYS, *(f"profiles.work.{key}" for key in PROFILE_KEYS)])
@pytest.mark.parametrize(
    "value", ["true", "-1", "1e400", "nan", '""', '"\\u001b"', "[]", "{}", "[[1]]", "10:00:00"]
)
def test_every_type_under_every_key(load: Load, key: str, value: str) -> None:
    found = load(f"{key} = {value}")

    check(found)
    assert all(problem.key for problem in found.problems)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200) | st.text("[]{}=\"'\\\n#.,ab1-: ", max_size=80).map(str.encode))
def test_any_bytes_give_settings(content: bytes) -> None:
    check(loaded(content))


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 400), st.sampled_from(['"', "[", "]", "\n", "=", "{", "'''", "\xff", ""]))
def test_one_typo_does_not_move_keys(position: int, slip: str) -> None:
    text = (
        'profile = "a"\n[profiles.a]\nbase_url = "https://a/v1"\napi_key_env = "A_KEY"\n'
        'stop = ["x", "y"]\n[profiles.a.headers]\nX = "1"\n[profiles.b]\n'
        'base_url = "https://b/v1"\napi_key_env = "B_KEY"\nsystem_prompt = """\nhello\n"""\n[ui]\n'
        "width = 70\n"
    )
    position %= len(text)

    found = loaded((text[:position] + slip + text[position + 1 :]).encode("latin-1"))

    check(found)
    for profile in found.profiles.values():
        # A typo of one character must not move the key of one host to another.
        host = profile.base_url.removeprefix("https://").removesuffix("/v1")
        if profile.key.env and host in ("a", "b"):
            assert profile.key.env[:1].lower() in (host, "_")


SECRETS = ("sk-proj-4f9aQ7x", "hunter2hunter2hunter2hunter2", "gsk_9x8y7z6w", "a1B2c3D4" * 5)


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("key", [*TOP_KEYS, *(f"profiles.work.{key}" for key in PROFILE_KEYS)])
def test_no_message_contains_a_secret(load: Load, key: str, secret: str) -> None:
    found = load(f'{key} = "{secret}"\nprofiles.work.base_url = "https://h/v1"', mode=0o644)

    assert secret not in "".join(problem.message for problem in found.problems)
    assert secret not in repr(found.problems)


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize(
    "text",
    [
        "api_key = {}",
        "api_key = '{}",
        "{}",
        "[profiles.x]\nbase_url = 'https://me:{}@h/v1'",
        "[profiles.x]\nbase_url = 'https://h/v1?key={}'",
        "[profiles.x]\nbase_url = 'https://h/v1'\napi_key = '{}'",
        "[profiles.x]\nbase_url = 'https://h/v1'\napi_key_env = '{}'",
        "[profiles.x]\nbase_url = 'https://h/v1'\napi_key_file = '{}'",
        "[profiles.x]\nbase_url = 'https://h/v1'\napi_key_command = '{}'",
        "[profiles.x]\nbase_url = 'https://h/v1'\napi_key_command = \"'{}\"",
        "[profiles.x]\nbase_url = 'https://h/v1'\napi_key = {{ value = '{}' }}",
        "[profiles.x]\nbase_url = 'https://h/v1'\nheaders = {{ Authorization = 'Bearer {}' }}",
        "[profiles.x]\nbase_url = 'https://h/v1'\nheaders = {{ X = \"{}\\n\" }}",
    ],
)
def test_no_message_and_no_repr_contains_a_secret(load: Load, text: str, secret: str) -> None:
    found = load(text.format(secret), mode=0o644)

    shown = "".join(problem.message for problem in found.problems) + repr(found)
    assert secret not in shown
    choice = choose_profile(found, ENV, EndpointOverrides(profile="x"), embedded=None)
    assert secret not in choice.reason + repr(choice)


def test_a_literal_key_is_rejected_with_a_hint(load: Load) -> None:
    found = load("[profiles.x]\nbase_url = 'https://h/v1'\napi_key = 'sk-1'", mode=0o644)

    refused, readable = found.problems
    assert (
        "[profiles.x] `api_key` is ignored, because keys must not be stored in this file"
        in refused.message
    )
    assert "api_key_env, api_key_file, api_key_command" in refused.message
    assert "other users can read this file. Run: chmod 600" in readable.message
    assert found.profiles["x"].key.env is None


@pytest.mark.parametrize(("mode", "told"), [(0o600, 0), (0o400, 0), (0o644, 1), (0o640, 1)])
def test_a_readable_file_with_a_secret_header_is_reported(load: Load, mode: int, told: int) -> None:
    text = "[profiles.x]\nbase_url = 'https://h/v1'\nheaders.api-key = 'abc'"
    found = load(text, mode=mode)

    assert len(found.problems) == told
    assert found.profiles["x"].headers == {"api-key": "abc"}
    assert "abc" not in repr(found)
