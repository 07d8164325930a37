"""The theme that an earlier version kept in the state folder."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tui_chat.config.choices.theme_choice import forget_kept_theme, kept_theme

if TYPE_CHECKING:
    from pathlib import Path


def test_a_kept_theme_counts_until_the_file_has_another(tmp_path: Path) -> None:
    assert kept_theme(tmp_path / "none", None) is None
    kept = {"theme": "dracula", "configured": "nord"}
    (tmp_path / "theme.json").write_text(json.dumps(kept), encoding="utf-8")
    assert kept_theme(tmp_path, "nord") == "dracula"
    assert kept_theme(tmp_path, "gruvbox") is None
    assert kept_theme(tmp_path, None) is None
    forget_kept_theme(tmp_path)
    forget_kept_theme(tmp_path)
    assert kept_theme(tmp_path, "nord") is None


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"theme": 3, "configured": null}', "[" * 9000])
def test_a_damaged_file_is_ignored(tmp_path: Path, text: str) -> None:
    (tmp_path / "theme.json").write_text(text, encoding="utf-8")
    assert kept_theme(tmp_path, None) is None
