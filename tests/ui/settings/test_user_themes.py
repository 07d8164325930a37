"""Themes of the user: valid ones can be chosen, broken ones are reported with file and line."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.chat_app import launch, running_chat
from tests.cli.asker import Asker
from tui_chat.ui.settings.user_themes import load_user_themes, read_theme

if TYPE_CHECKING:
    from tests.chat_app import ChatHarness

GOOD = 'primary = "#88c0d0"\naccent = "teal"\ndark = false\n[variables]\nborder = "#123456"\n'


def themes_folder() -> Path:
    folder = Path(os.environ["XDG_CONFIG_HOME"], "tui-chat", "themes")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def test_a_theme_is_read(tmp_path: Path) -> None:
    file = tmp_path / "海 sea.toml"
    file.write_text(GOOD, encoding="utf-8")
    theme, problems = read_theme(file)
    assert problems == []
    assert theme is not None
    assert (theme.name, theme.primary, theme.accent, theme.dark) == (
        "海 sea", "#88c0d0", "teal", False
    )  # fmt: skip
    assert theme.variables == {"border": "#123456"}


@pytest.mark.parametrize(
    ("text", "words", "is_used"),
    [
        ('accent = "red"\n', "`primary` is missing", False),
        ('primary = "#12"\n', "`primary` is not a color", False),
        ('primary = "red"\nacent = "red"\n', "Did you mean `accent`?", True),
        ('primary = "red"\naccent = 3\n', "must be a string", True),
        ('primary = "red"\ndark = "no"\n', "must be true or false", True),
        ('primary = "red"\naccent = "\n', "line 2: Invalid TOML", True),
    ],
)
def test_a_mistake_is_reported_with_its_line(
    tmp_path: Path, text: str, words: str, is_used: bool
) -> None:
    (tmp_path / "mine.toml").write_text(text, encoding="utf-8")
    themes, problems = load_user_themes(tmp_path)
    assert words in problems[0].message
    assert "mine.toml" in problems[0].message
    assert bool(themes) is is_used


def test_a_built_in_name_is_refused(tmp_path: Path) -> None:
    (tmp_path / "nord.toml").write_text(GOOD, encoding="utf-8")
    themes, problems = load_user_themes(tmp_path)
    assert themes == []
    assert "Rename the file" in problems[0].message
    assert load_user_themes(tmp_path / "none") == ([], [])


async def _notified(chat: ChatHarness, text: str) -> None:
    await chat.until(lambda: any(text in it.message for it in chat.app._notifications))


async def test_start_and_doctor_report_the_same(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (themes_folder() / "sea.toml").write_text(GOOD, encoding="utf-8")
    (themes_folder() / "bad.toml").write_text('primary = "x"\n', encoding="utf-8")
    config_file = themes_folder().parent / "config.toml"
    config_file.write_text('[ui]\ntheme = "sea"\n', encoding="utf-8")
    async with running_chat(given=launch(), size=(200, 24)) as chat:
        assert chat.app.theme == "sea"
        await _notified(chat, "`primary` is not a color")


def test_doctor_reports_a_broken_theme(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (themes_folder() / "bad.toml").write_text('primary = "x"\n', encoding="utf-8")
    ask = Asker(monkeypatch, capsys)
    ask("doctor", "--base-url", "http://127.0.0.1:9/v1")
    assert "`primary` is not a color" in ask.out
    assert "bad.toml, line 1" in ask.out
