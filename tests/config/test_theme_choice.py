from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest

from tui_chat.config.theme_choice import load_theme, save_theme
from tui_chat.core.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path


def test_the_latest_theme_wins(tmp_path: Path) -> None:
    state = tmp_path / "state"
    assert load_theme(state, None) is None
    assert load_theme(state, "nord") == "nord"

    save_theme(state, "dracula", None)
    assert load_theme(state, None) == "dracula"
    # The user edited config.toml afterwards.
    assert load_theme(state, "nord") == "nord"

    save_theme(state, "gruvbox", "nord")
    assert load_theme(state, "nord") == "gruvbox"
    assert load_theme(state, "textual-light") == "textual-light"


def test_the_theme_file_is_private_and_the_only_one(tmp_path: Path) -> None:
    state = tmp_path / "state"
    save_theme(state, "nord", None)
    save_theme(state, "dracula", None)
    assert [file.name for file in state.iterdir()] == ["theme.json"]
    assert stat.S_IMODE((state / "theme.json").stat().st_mode) == 0o600
    assert stat.S_IMODE(state.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    "text", ["", "nord", "[1]", '{"theme": 3, "configured": null}', "[" * 9_999, "\x00\xff"]
)
def test_a_damaged_file_is_ignored(tmp_path: Path, text: str) -> None:
    (tmp_path / "theme.json").write_text(text, encoding="latin-1")
    assert load_theme(tmp_path, None) is None
    assert load_theme(tmp_path, "nord") == "nord"


def test_an_unwritable_state_folder_is_reported(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file")
    with pytest.raises(ConfigError, match="cannot be used"):
        save_theme(tmp_path / "state", "nord", None)
