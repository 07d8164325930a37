from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tui_chat.config.endpoint_choice import all_profiles, choose_profile, find_profile
from tui_chat.config.settings import Settings, load_settings
from tui_chat.config.vendors import VENDORS
from tui_chat.core.errors import ConfigError
from tui_chat.core.profile import KeySource, Origin, Profile, Sampling

if TYPE_CHECKING:
    from pathlib import Path

EMBEDDED = Profile(name="local", base_url="", is_embedded=True)


def configured(tmp_path: Path, text: str) -> Settings:
    file = tmp_path / "config.toml"
    file.write_text(text)
    settings = load_settings(file, {})
    assert not settings.problems
    return settings


def names(settings: Settings, env: dict[str, str]) -> list[str]:
    return [profile.name for profile in all_profiles(settings, env, EMBEDDED)]


AUTOMATIC = [
    (vendor, variable)
    for vendor in VENDORS
    if vendor.is_automatic
    for variable in vendor.key_variables
]


@pytest.mark.parametrize(("vendor", "variable"), AUTOMATIC)
def test_a_key_under_its_usual_name_gives_a_profile(vendor: object, variable: str) -> None:
    profiles = all_profiles(Settings(), {variable: "k"}, EMBEDDED)
    found = [profile for profile in profiles if profile.origin is Origin.KEY_FOUND]
    assert vendor in VENDORS
    assert found
    assert all(profile.key == KeySource(env=variable) for profile in found)
    assert all(profile.base_url.startswith("https://") for profile in found)
    assert find_profile(found[0].name, Settings(), {variable: "k"}, EMBEDDED) == found[0]


def test_a_found_key_does_not_change_the_choice() -> None:
    env = {"DEEPSEEK_API_KEY": "k", "GITHUB_TOKEN": "t"}
    choice = choose_profile(Settings(), env, embedded=EMBEDDED)
    assert choice.profile is not None
    assert choice.profile.is_embedded
    assert choose_profile(Settings(), env, embedded=None).profile is None


def test_both_regions_of_a_vendor_are_offered() -> None:
    assert names(Settings(), {"MOONSHOT_API_KEY": "k"}) == ["local", "moonshot", "moonshot-cn"]


@pytest.mark.parametrize("value", ["", "  ", "\n"])
def test_a_blank_variable_is_not_a_key(value: str) -> None:
    assert names(Settings(), {"GROQ_API_KEY": value}) == ["local"]


def test_env_false_switches_it_off(tmp_path: Path) -> None:
    settings = configured(tmp_path, "[discover]\nenv = false\n")
    assert names(settings, {"GROQ_API_KEY": "k"}) == ["local"]


def test_a_github_token_needs_permission(tmp_path: Path) -> None:
    env = {"GITHUB_TOKEN": "k"}
    assert names(Settings(), env) == ["local"]
    settings = configured(tmp_path, "[discover]\ngithub_token = true\n")
    assert names(settings, env) == ["local", "github"]


def test_a_profile_of_the_file_wins_by_name_and_by_address(tmp_path: Path) -> None:
    text = """\
        [profiles.groq]
        base_url = "https://example.com/v1"
        [profiles.mine]
        base_url = "https://api.deepseek.com/"
        """
    settings = configured(tmp_path, text)
    env = {"GROQ_API_KEY": "k", "DEEPSEEK_API_KEY": "k", "XAI_API_KEY": "k"}
    assert names(settings, env) == ["groq", "mine", "local", "xai"]


def test_the_endpoint_of_the_environment_wins_by_address() -> None:
    env = {
        "OPENAI_BASE_URL": "https://api.deepseek.com",
        "OPENAI_API_KEY": "k",
        "DEEPSEEK_API_KEY": "k",
    }
    assert names(Settings(), env) == ["api.deepseek.com", "local"]


def test_a_broken_profile_is_not_replaced_by_a_found_one(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text('[profiles.groq]\nbase_url = "no url"\n')
    settings = load_settings(file, {})
    assert names(settings, {"GROQ_API_KEY": "k"}) == ["local"]
    with pytest.raises(ConfigError, match="cannot be used"):
        find_profile("groq", settings, {"GROQ_API_KEY": "k"}, EMBEDDED)


@pytest.mark.parametrize(("name", "port"), [("ollama", 11434), ("lmstudio", 1234), ("vllm", 8000)])
def test_a_local_server_has_a_name_without_configuration(name: str, port: int) -> None:
    profile = find_profile(name, Settings(), {}, EMBEDDED)
    assert profile.base_url == f"http://127.0.0.1:{port}/v1"
    assert profile.is_on_loopback
    assert not profile.uses_proxies
    assert profile.key == KeySource()
    assert name not in names(Settings(), {}), "listed only once it was found"


def test_local_false_switches_the_names_off(tmp_path: Path) -> None:
    settings = configured(tmp_path, "[discover]\nlocal = false\n")
    with pytest.raises(ConfigError, match="Unknown profile"):
        find_profile("ollama", settings, {}, EMBEDDED)


def test_engine_settings_override_the_defaults_of_the_model_one_by_one(tmp_path: Path) -> None:
    text = """\
        [engine]
        temperature = 0.7
        extra_body = { repeat_penalty = 1.3, mirostat = 2 }
        """
    settings = configured(tmp_path, text)
    model = replace(
        EMBEDDED,
        sampling=Sampling(temperature=0.2, top_p=0.9),
        extra_body={"repeat_penalty": 1.1, "dry_multiplier": 0.8},
    )
    profile = choose_profile(settings, {}, embedded=model).profile
    assert profile is not None
    assert profile.sampling == Sampling(temperature=0.7, top_p=0.9)
    assert profile.extra_body == {"repeat_penalty": 1.3, "dry_multiplier": 0.8, "mirostat": 2}
