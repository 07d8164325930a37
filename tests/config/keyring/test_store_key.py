"""Keys in the keyring of the system, with real backends; without one in a private file."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from tui_chat.config.api_key import read_key
from tui_chat.config.keyring import system_keyring
from tui_chat.config.keyring.store_key import StoredKey, forget_key, key_file, store_key
from tui_chat.config.paths import find_paths
from tui_chat.config.settings import load_settings
from tui_chat.core.errors import ConfigError
from tui_chat.core.profile import KeySource, Profile, Secret

KEY = Secret("sk-real-1234567890abcdef")
ROOT = str(Path(__file__).parents[3])
WORKING = "keyrings.alt.file.PlaintextKeyring"


def environment(backend: str) -> dict[str, str]:
    return {**os.environ, "PYTHON_KEYRING_BACKEND": backend, "PYTHONPATH": ROOT}


def stored(backend: str, name: str = "work", timeout_s: float = 20.0) -> StoredKey:
    return store_key(find_paths(os.environ), name, KEY, environment(backend), timeout_s)


def read(source: KeySource, backend: str) -> Secret | None:
    return read_key(Profile("work", "https://a.example", key=source), environment(backend))


@pytest.mark.parametrize("name", ["work", "Büro 中文 🎉", "../../x"])
def test_a_key_goes_into_the_keyring_and_comes_back(name: str) -> None:
    place = stored(WORKING, name)
    assert (place.field, place.value) == ("api_key_keyring", name)
    assert "in the keyring (" in place.words
    source = KeySource(keyring=name)
    assert read(source, WORKING) == KEY
    assert not key_file(find_paths(os.environ), name).parent.exists()
    assert forget_key(find_paths(os.environ), source, environment(WORKING)) == ""
    with pytest.raises(ConfigError, match="no entry") as error:
        read(source, WORKING)
    assert "tui-chat setup" in error.value.hint
    # Removing it twice is no error.
    assert forget_key(find_paths(os.environ), source, environment(WORKING)) == ""


@pytest.mark.parametrize(
    ("backend", "words"),
    [
        ("keyring.backends.fail.Keyring", "This system has no keyring."),
        ("keyring.backends.null.Keyring", "did not keep the key."),
        ("tests.config.keyring.backends.Locked", "The keyring is locked."),
        ("tests.config.keyring.backends.Leaking", "The keyring failed: ValueError."),
        ("tests.config.keyring.backends.Crashing", "The keyring failed: it crashed."),
        ("no.such.Keyring", "The keyring failed"),
    ],
)
def test_without_a_keyring_the_key_goes_into_a_private_file(backend: str, words: str) -> None:
    place = stored(backend, "two words")
    file = Path(place.value)
    assert place.field == "api_key_file"
    assert words in place.words
    assert str(file) in place.words
    assert KEY.reveal() not in place.words
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    source = KeySource(file=str(file))
    assert read(source, backend) == KEY
    assert forget_key(find_paths(os.environ), source, {}) == ""
    assert not file.exists()


def test_a_keyring_that_hangs_is_given_up() -> None:
    backend = "tests.config.keyring.backends.Hanging"
    place = stored(backend, timeout_s=0.3)
    assert place.field == "api_key_file"
    assert "did not answer within 0.3 s" in place.words
    reason = forget_key(
        find_paths(os.environ), KeySource(keyring="work"), environment(backend), 0.3
    )
    assert "stays in the keyring" in reason


def test_the_package_is_optional(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system_keyring, "find_spec", lambda name: None)
    assert "The package keyring is not installed." in stored(WORKING).words
    with pytest.raises(ConfigError) as error:
        read(KeySource(keyring="work"), WORKING)
    assert "“work” cannot be read" in error.value.summary
    assert 'pip install ".[keyring]"' in error.value.hint


def test_a_key_file_of_the_user_is_not_removed(tmp_path: Path) -> None:
    file = tmp_path / "mine"
    file.write_text("k", encoding="utf-8")
    assert forget_key(find_paths(os.environ), KeySource(file=str(file)), {}) == ""
    assert file.exists()


def test_a_module_in_the_current_folder_is_not_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "keyring.py").write_text("raise SystemExit(3)", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert stored(WORKING).field == "api_key_keyring"


def test_config_toml_names_the_entry(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(
        '[profiles.work]\nbase_url = "https://a.example"\napi_key_keyring = "work"\n'
        '[profiles.key]\nbase_url = "https://a.example"\napi_key_keyring = "sk-1234567890"\n',
        encoding="utf-8",
    )
    settings = load_settings(file, {})
    assert settings.profiles["work"].key == KeySource(keyring="work")
    assert [problem.key for problem in settings.problems] == ["profiles.key.api_key_keyring"]
    assert "sk-123" not in settings.problems[0].message
