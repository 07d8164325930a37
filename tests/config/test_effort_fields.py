"""The reasoning effort of a profile in config.toml."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tui_chat.config.settings import load_settings
from tui_chat.core.parameters.effort import EffortStyle
from tui_chat.core.parameters.parameters import effort_fields

if TYPE_CHECKING:
    from pathlib import Path

_HEAD = '[profiles.x]\nbase_url = "https://x/v1"\n'


def test_effort_style_and_fields_are_read(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(
        _HEAD + 'effort = "Highest"\neffort_as = ["thinking", "reasoning_effort"]\n'
        "effort_fields.off = { think = false, budget = { tokens = 0 } }\n",
        encoding="utf-8",
    )
    settings = load_settings(file, {})
    assert settings.problems == ()
    profile = settings.profiles["x"]
    assert (profile.effort, profile.effort_as) == (
        "max",
        (EffortStyle.THINKING, EffortStyle.REASONING_EFFORT),
    )
    assert effort_fields(profile, "none") == {"think": False, "budget": {"tokens": 0}}
    assert effort_fields(profile, profile.effort) == {
        "thinking": {"type": "enabled"},
        "reasoning_effort": "max",
    }


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('effort = "hihg"', "[profiles.x] `effort` is not a reasoning effort. Use one of none"),
        ("effort = 3", "[profiles.x] `effort` must be a string."),
        ('effort_as = "think"', "[profiles.x] `effort_as` is invalid. Use one of reasoning_effort"),
        ("effort_fields.hihg = {}", "`hihg` is not a reasoning effort. Did you mean `high`?"),
        ("effort_fields.high = 3", "`high` must be a table."),
        ("effort_fields.high.model = 'x'", "`model` is set by the program."),
        ("effort_fields.high.day = 2026-01-01", "`day` contains a value JSON cannot represent"),
        ('efort = "high"', "`efort` is unknown. Did you mean `effort`?"),
    ],
)
def test_a_mistake_names_its_key(tmp_path: Path, line: str, words: str) -> None:
    file = tmp_path / "config.toml"
    file.write_text(f"{_HEAD}{line}\n", encoding="utf-8")
    (problem,) = load_settings(file, {}).problems
    assert words in problem.message
