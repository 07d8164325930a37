"""The field `web` of a profile in config.toml."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tui_chat.config.settings import load_settings

if TYPE_CHECKING:
    from pathlib import Path

_HEAD = '[profiles.x]\nbase_url = "https://x/v1"\n'


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("", None),
        ("web = true", {}),
        ("web = false", None),
        ("web = { search = { mode = 'on' } }", {"search": {"mode": "on"}}),
        ("web = {}", {}),
    ],
)
def test_web_is_a_table_or_true(tmp_path: Path, line: str, expected: Any) -> None:
    (tmp_path / "config.toml").write_text(_HEAD + line, encoding="utf-8")
    settings = load_settings(tmp_path / "config.toml", {})
    assert settings.problems == ()
    assert settings.profiles["x"].web == expected


@pytest.mark.parametrize(
    "line", ["web = 'on'", "web.model = 'x'", "web.at = 2026-01-01", "web = 1"]
)
def test_mistakes_are_reported(tmp_path: Path, line: str) -> None:
    (tmp_path / "config.toml").write_text(_HEAD + line, encoding="utf-8")
    [problem] = load_settings(tmp_path / "config.toml", {}).problems
    assert "web" in str(problem)
