from __future__ import annotations

import os
from typing import TYPE_CHECKING

from tests.chat_app import launch
from tui_chat.config.paths import find_paths
from tui_chat.config.ui_settings import UiSettings
from tui_chat.session.launch import Launch

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def configure(text: str) -> Path:
    config = find_paths(os.environ).config_file
    config.parent.mkdir(parents=True)
    config.write_text(text, encoding="utf-8")
    return config


def test_without_a_file_the_defaults_apply() -> None:
    plain = launch()
    assert plain.ui == UiSettings()
    assert plain.keys == {}
    assert plain.settings.problems == ()


def test_settings_of_the_file() -> None:
    configure('[ui]\nwidth = 60\n[keys]\n"chat.new" = "f5"\n')
    configured = launch()
    assert configured.ui.width == 60
    assert configured.keys == {"chat.new": "f5"}


def test_the_file_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    config = configure("[ui]\nwidth = 60\n")
    configured = launch()
    assert configured.ui.width == 60
    config.write_text("[ui]\nwidth = 70\n", encoding="utf-8")
    assert configured.ui.width == 60
    assert configured.settings is configured.settings


def test_the_flags_and_nothing_else_override() -> None:
    given = Launch(find_paths(os.environ), {}, {"model": "m", "system": ""}, is_streaming=False)
    assert (given.overrides.model, given.overrides.system) == ("m", "")
    assert given.overrides.stream is False
    assert given.overrides.profile is None
    assert Launch(find_paths(os.environ), {}, {}).overrides.stream is None


def test_a_launch_shows_no_key() -> None:
    env = {**os.environ, "OPENAI_API_KEY": "sk-very-secret-1234"}
    assert "sk-very-secret" not in repr(Launch(find_paths(env), env, {}))
