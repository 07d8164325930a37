from __future__ import annotations

from pathlib import Path

import pytest

from tui_chat.config.endpoint_choice import (
    EndpointChoice,
    EndpointOverrides,
    all_profiles,
    choose_profile,
    find_profile,
)
from tui_chat.config.problems import ConfigProblem
from tui_chat.config.settings import EngineSettings, Settings
from tui_chat.core.errors import ConfigError
from tui_chat.core.profile import CancelRequest, KeySource, Profile, Sampling

OPENAI = "https://api.openai.com/v1"
OPENAI_KEY = KeySource(env="OPENAI_API_KEY")
EMBEDDED = Profile(name="smollm2", base_url="", is_embedded=True)
WORK = Profile(
    name="work",
    base_url="https://work.example/v1",
    model="big",
    key=KeySource(env="WORK_KEY"),
    sampling=Sampling(temperature=0.3),
    headers={"api-key": "abc"},
    cancel=CancelRequest("POST", "https://work.example/cancel/{id}"),
    verify=False,
)
HOME = Profile(name="home", base_url="http://localhost:11434/v1")
FILE = Settings(profiles={"work": WORK, "home": HOME})
KEYED = {"OPENAI_API_KEY": "sk-secret-1234"}


def choose(
    settings: Settings = FILE,
    env: dict[str, str] | None = None,
    *,
    embedded: Profile | None = EMBEDDED,
    profile: str | None = None,
    model: str | None = None,
    base_url: str | None = None,
    system: str | None = None,
    stream: bool | None = None,
) -> EndpointChoice:
    overrides = EndpointOverrides(profile, model, base_url, system, stream)
    choice = choose_profile(settings, env or {}, overrides, embedded=embedded)
    assert "sk-secret" not in repr(choice) + choice.reason + str(choice.problem)
    assert choice.reason
    return choice


def chosen(choice: EndpointChoice) -> Profile:
    assert choice.problem is None
    assert choice.profile is not None
    return choice.profile


def error_message(choice: EndpointChoice) -> str:
    assert choice.profile is None
    assert choice.problem is not None
    return str(choice.problem)


def test_flag_beats_environment_beats_file() -> None:
    env = {**KEYED, "TUI_CHAT_PROFILE": "work"}
    named = Settings(profile="home", profiles=FILE.profiles)

    by_flag = choose(named, env, profile="local")
    by_environment = choose(named, env)
    by_file = choose(named, KEYED)

    assert chosen(by_flag).is_embedded
    assert by_flag.reason == "set by --profile"
    assert chosen(by_environment) is WORK
    assert by_environment.reason == "set by TUI_CHAT_PROFILE"
    assert chosen(by_file) is HOME
    assert by_file.reason == "set by the configuration"


def test_without_a_profile_the_environment_is_used() -> None:
    choice = choose(env=KEYED)

    assert chosen(choice) == Profile("openai", OPENAI, key=OPENAI_KEY)
    assert choice.reason == "OPENAI_API_KEY is set in the environment"


def test_a_base_url_alone_in_the_environment_has_no_key() -> None:
    choice = choose(env={"OPENAI_BASE_URL": "http://localhost:8000/v1/chat/completions"})

    assert chosen(choice) == Profile("localhost:8000", "http://localhost:8000/v1")
    assert choice.reason == "OPENAI_BASE_URL is set in the environment"


def test_key_and_base_url_of_the_environment_belong_together() -> None:
    env = {**KEYED, "OPENAI_BASE_URL": "https://openrouter.ai/api/v1", "OPENAI_MODEL": "m"}

    assert chosen(choose(env=env)) == Profile(
        "openrouter.ai", "https://openrouter.ai/api/v1", model="m", key=OPENAI_KEY
    )


@pytest.mark.parametrize("blank", ["", " ", "\n"])
def test_blank_variables_count_as_unset(blank: str) -> None:
    names = ("OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_MODEL", "TUI_CHAT_PROFILE")

    assert chosen(choose(env=dict.fromkeys(names, blank))).is_embedded


def test_without_configuration_the_embedded_model_is_used() -> None:
    choice = choose()

    assert chosen(choice) == EMBEDDED
    assert "embedded model" in choice.reason


def test_without_an_embedded_model_there_is_no_endpoint() -> None:
    choice = choose(embedded=None)

    assert choice.profile is None
    assert choice.problem is None
    assert "OPENAI_API_KEY" in choice.reason


def test_an_unknown_name_gets_the_closest_one() -> None:
    choice = choose(env={"TUI_CHAT_PROFILE": "wrok"}, embedded=None)

    assert error_message(choice) == (
        "Unknown profile “wrok”. It is set by TUI_CHAT_PROFILE. "
        "Did you mean “work”? Profiles: work, home."
    )


def test_an_unknown_name_does_not_select_another_endpoint() -> None:
    assert "Unknown profile “zzz”" in error_message(choose(env=KEYED, profile="zzz"))
    assert "Add a profile" in error_message(choose(Settings(), profile="zzz", embedded=None))
    assert "\x1b" not in error_message(choose(profile="\x1b[2J"))


@pytest.mark.parametrize("name", ["work", "openai", "local"])
def test_a_broken_profile_keeps_its_name(name: str) -> None:
    problem = ConfigProblem(
        Path("/c"), 3, f"profiles.{name}.base_url", "`base_url` is missing.", "Add it."
    )
    settings = Settings(problems=(problem,))

    assert error_message(choose(settings, KEYED, profile=name)) == (
        f"The profile “{name}” cannot be used. `base_url` is missing. "
        "It is set by --profile. Add it."
    )
    assert name not in [profile.name for profile in all_profiles(settings, KEYED, EMBEDDED)]


@pytest.mark.parametrize("name", ["local", "embedded", "smollm2"])
def test_the_embedded_model_has_aliases(name: str) -> None:
    assert chosen(choose(env=KEYED, profile=name)).is_embedded


def test_an_unavailable_alias_is_reported() -> None:
    assert "needs the embedded model" in error_message(choose(profile="local", embedded=None))
    assert "needs OPENAI_API_KEY or OPENAI_BASE_URL" in error_message(choose(profile="openai"))


@pytest.mark.parametrize("name", ["openai", "environment"])
def test_the_environment_has_aliases(name: str) -> None:
    settings = Settings(profile="work", profiles=FILE.profiles)

    assert chosen(choose(settings, KEYED, profile=name)).base_url == OPENAI


def test_a_name_in_the_file_beats_the_same_name_elsewhere() -> None:
    mine = Profile(name="openai", base_url="https://proxy.example/v1")
    local = Profile(name="local", base_url="http://localhost:1/v1")
    settings = Settings(profiles={"openai": mine, "local": local})

    assert chosen(choose(settings, KEYED, profile="openai")) is mine
    assert chosen(choose(settings, KEYED, profile="local")) is local
    assert chosen(choose(settings, KEYED)).name == "environment"
    assert [profile.name for profile in all_profiles(settings, KEYED, EMBEDDED)] == [
        "openai",
        "local",
        "environment",
        "smollm2",
    ]


def test_flags_override_the_fields_of_any_profile() -> None:
    profile = chosen(choose(profile="work", model="small", system="Be brief.", stream=False))

    assert (profile.model, profile.system_prompt, profile.stream) == ("small", "Be brief.", False)
    assert profile.key == WORK.key
    assert profile.sampling == WORK.sampling
    assert chosen(choose(system="")).system_prompt == ""
    assert chosen(choose(model=" ")).model is None


def test_openai_model_applies_only_to_the_environment() -> None:
    env = {**KEYED, "OPENAI_MODEL": "m"}

    assert chosen(choose(env=env)).model == "m"
    assert chosen(choose(env=env, model="flag")).model == "flag"
    assert chosen(choose(env=env, profile="work")).model == "big"
    assert chosen(choose(env=env, profile="home")).model is None
    assert chosen(choose(env=env, profile="local")).model is None
    assert chosen(choose(env={"OPENAI_MODEL": "m"})).model is None
    assert chosen(choose(env=env, base_url="http://localhost:1/v1")).model == "m"


@pytest.mark.parametrize(
    ("env_url", "flag_url", "sends_key"),
    [
        (None, OPENAI, True),
        (None, "https://API.openai.com:443/v1/", True),
        (None, "http://api.openai.com/v1", False),
        (None, "https://api.openai.com.evil.example/v1", False),
        (None, "http://localhost:8000/v1", False),
        ("https://other.example/v1", "https://other.example/v2", True),
        ("https://other.example/v1", "https://other.example:8443/v1", False),
        ("https://other.example/v1", OPENAI, False),
        ("not a url", OPENAI, False),
    ],
)
def test_the_key_of_the_environment_stays_at_its_origin(
    env_url: str | None, flag_url: str, sends_key: bool
) -> None:
    env = {**KEYED, **({"OPENAI_BASE_URL": env_url} if env_url else {})}

    choice = choose(env=env, base_url=flag_url)

    assert chosen(choice).key == (OPENAI_KEY if sends_key else KeySource())
    assert choice.reason.startswith("set by --base-url")
    assert ("OPENAI_API_KEY is not sent" in choice.reason) is not sends_key


def test_a_base_url_by_flag_names_its_own_profile() -> None:
    choice = choose(base_url="http://localhost:8000/v1/", embedded=None)

    assert chosen(choice) == Profile("localhost:8000", "http://localhost:8000/v1")
    assert choice.reason == "set by --base-url"


def test_a_named_profile_keeps_its_key_at_its_own_origin() -> None:
    choice = choose(profile="work", base_url="https://work.example/v2/")

    profile = chosen(choice)
    assert profile.base_url == "https://work.example/v2"
    assert profile.key == WORK.key
    assert profile.headers == WORK.headers
    assert "not used" not in choice.reason


def test_another_origin_drops_the_secrets_of_a_profile() -> None:
    choice = choose(env=KEYED, profile="work", base_url=OPENAI)

    profile = chosen(choice)
    assert profile.key == KeySource()
    assert profile.headers == {}
    assert profile.cancel is None
    assert profile.verify is True
    assert profile.model == "big"
    assert choice.reason == (
        "set by --profile, with the URL of --base-url, which is another host; not used there: "
        "key, headers, cancel request, verify = false"
    )


def test_another_origin_drops_the_key_of_the_environment() -> None:
    choice = choose(env=KEYED, profile="openai", base_url="https://evil.example/v1")

    assert chosen(choice).key == KeySource()
    assert "not used there: key" in choice.reason


def test_the_embedded_profile_with_another_url_is_not_embedded() -> None:
    profile = chosen(choose(profile="local", base_url="http://localhost:8080/v1"))

    assert not profile.is_embedded
    assert profile.base_url == "http://localhost:8080/v1"


@pytest.mark.parametrize("name", [None, "work"])
def test_an_invalid_flag_is_reported(name: str | None) -> None:
    assert error_message(choose(profile=name, base_url="localhost:1234/v1")) == (
        "--base-url does not begin with http:// or https://. Did you mean http://localhost:1234/v1?"
    )


def test_an_invalid_openai_base_url_is_reported() -> None:
    env = {**KEYED, "OPENAI_BASE_URL": "api.example.com/v1"}

    assert error_message(choose(env=env)).startswith("OPENAI_BASE_URL does not begin with http://")
    assert [profile.name for profile in all_profiles(FILE, env, EMBEDDED)] == [
        "work",
        "home",
        "smollm2",
    ]


def test_listed_names_find_their_profiles() -> None:
    listed = all_profiles(FILE, KEYED, EMBEDDED)

    assert [profile.name for profile in listed] == ["work", "home", "openai", "smollm2"]
    for profile in listed:
        assert find_profile(profile.name, FILE, KEYED, EMBEDDED) == profile
    with pytest.raises(ConfigError):
        find_profile("", FILE, KEYED, EMBEDDED)


def test_the_engine_table_sets_the_sampling() -> None:
    embedded = Profile("local", "", is_embedded=True, sampling=Sampling(temperature=0.2, top_p=0.9))
    engine = EngineSettings(sampling=Sampling(top_p=1.0, max_tokens=20))
    settings = Settings(profiles={"work": WORK}, engine=engine)
    wanted = Sampling(temperature=0.2, top_p=1.0, max_tokens=20)

    assert chosen(choose(settings, embedded=embedded)).sampling == wanted
    named = choose(settings, embedded=embedded, profile="local")
    assert chosen(named).sampling == wanted
    assert all_profiles(settings, {}, embedded)[-1].sampling == wanted
    assert chosen(choose(settings, embedded=embedded, profile="work")).sampling == WORK.sampling
