"""The language comes from config.toml, else from the locale, else it is English."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from tui_chat.cli.main import main
from tui_chat.config.settings import load_settings
from tui_chat.config.ui_settings import choose_language
from tui_chat.core import labels
from tui_chat.core.text.language import language_of, use_language

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("env", "expected"),
    [
        ({}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_SG"}, "zh"),
        ({"LANG": "zh-Hans-CN"}, "zh"),
        ({"LANG": "zh_CN.UTF-8@pinyin"}, "zh"),
        ({"LANG": "zh_TW.UTF-8"}, "en"),
        ({"LANG": "zh_HK"}, "en"),
        ({"LANG": "zh_Hant_TW"}, "en"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LANG": "../zh"}, "en"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": ""}, "zh"),
    ],
)
def test_the_locale_selects_the_language(env: dict[str, str], expected: str) -> None:
    assert language_of(env) == expected


@pytest.mark.parametrize(
    ("text", "lang", "expected"),
    [
        ('[ui]\nlanguage = "zh"\n', "en_US.UTF-8", "zh"),
        ('[ui]\nlanguage = "en"\n', "zh_CN.UTF-8", "en"),
        ('[ui]\nlanguage = "tlh"\n', "zh_CN.UTF-8", "zh"),
        ("[ui]\nlanguage = 3\n", "zh_CN.UTF-8", "zh"),
        ('ui = "language"\n', "zh_CN.UTF-8", "zh"),
        ('[ui\nlanguage = "en"\n', "zh_CN.UTF-8", "zh"),
        ("", "zh_CN.UTF-8", "zh"),
        (None, "", "en"),
    ],
)
def test_the_configuration_decides(
    text: str | None, lang: str, expected: str, tmp_path: Path
) -> None:
    file = tmp_path / "config.toml"
    if text is not None:
        file.write_text(text, encoding="utf-8")
    assert choose_language(file, {"LANG": lang}) == expected
    assert choose_language(tmp_path, {"LANG": lang}) == language_of({"LANG": lang})


def test_an_unknown_language_is_reported_with_the_known_ones(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text('language = "zh"\n[ui]\nlanguage = "tlh"\n', encoding="utf-8")
    settings = load_settings(file, {})
    assert settings.ui.language is None
    assert ["[ui]" in problem.hint or "zh" in problem.hint for problem in settings.problems] == [
        True,
        True,
    ]


def test_the_command_line_speaks_the_language(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["tui-chat", "--help"])
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    with pytest.raises(SystemExit):
        main()
    assert "用法：" in capsys.readouterr().out
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    with pytest.raises(SystemExit):
        main()
    assert "usage: " in capsys.readouterr().out


def test_a_terminal_that_cannot_show_it_gets_english(monkeypatch: pytest.MonkeyPatch) -> None:
    class Latin:
        encoding = "ISO-8859-1"

    monkeypatch.setattr(sys, "stdout", Latin())
    use_language("zh")
    assert labels._("ready") == "ready"
