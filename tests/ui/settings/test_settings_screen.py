"""F8 in the running chat: each change is in config.toml and in use at once."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.chat_app import launch, running_chat
from tests.fakes import FakeProvider, answer
from tui_chat.config.settings import load_settings
from tui_chat.ui.settings.choice_list import ChoiceList, ValueInput
from tui_chat.ui.settings.key_capture import KeyCapture
from tui_chat.ui.settings.keys_screen import KeysScreen
from tui_chat.ui.settings.rows import ROWS, RowKind
from tui_chat.ui.settings.settings_screen import SettingsScreen

if TYPE_CHECKING:
    from tests.chat_app import ChatHarness

BEFORE = "# mine\n[ui]\nwidth = 70  # narrow\n"


def config_file() -> Path:
    file = Path(os.environ["XDG_CONFIG_HOME"], "tui-chat", "config.toml")
    file.parent.mkdir(exist_ok=True)
    return file


def config() -> dict[str, Any]:
    return tomllib.loads(config_file().read_text(encoding="utf-8"))


async def screen(chat: ChatHarness, kind: type[Any]) -> None:
    await chat.until(lambda: isinstance(chat.app.screen, kind))
    await chat.pilot.pause()


async def select(chat: ChatHarness, name: str) -> None:
    """Open the settings and highlight one."""
    await chat.pilot.press("f8")
    await screen(chat, SettingsScreen)
    at = next(number for number, row in enumerate(ROWS) if row.path[-1] == name)
    await chat.pilot.press(*["down"] * at)


async def test_values_are_saved_with_their_comments_and_used_at_once() -> None:
    config_file().write_text(BEFORE, encoding="utf-8")
    provider = FakeProvider(answer("Told."))
    async with running_chat(provider, given=launch()) as chat:
        await select(chat, "width")
        assert "[ui] width = 70" in chat.screen_text
        await chat.pilot.press("enter")
        await screen(chat, ValueInput)
        await chat.pilot.press("backspace", "backspace", "5", "enter")
        await chat.seen("is not a width")
        await chat.pilot.press("backspace", *"60", "enter")
        await chat.until(lambda: config()["ui"]["width"] == 60)
        await screen(chat, SettingsScreen)
        assert chat.chat.query_one("#column").styles.max_width.value == 65  # type: ignore[union-attr]
        # Titles: Enter or an arrow switches between the two.
        await chat.pilot.press("down", "enter")
        await chat.until(lambda: config()["ui"].get("side_panel") is False)
        await chat.pilot.press("backspace", "down", "right")
        await chat.until(lambda: config()["ui"].get("titles") == "model")
        await chat.pilot.press("delete")
        await chat.until(lambda: "titles" not in config()["ui"])
        await chat.pilot.press("down", "enter")
        await screen(chat, ValueInput)
        for character in "中文":
            await chat.pilot.press(character)
        await chat.pilot.press("enter")
        await chat.until(lambda: config().get("answer_language") == "中文")
        await chat.pilot.press("escape")
        chat.app.check_config_file()
        assert not any("Restart" in it.message for it in chat.app._notifications)
        await chat.submit("Hi")
        await chat.idle()
    assert "Always answer in this language: 中文" in provider.requests[0].messages[0].content
    text = config_file().read_text(encoding="utf-8")
    assert text == '# mine\nanswer_language = "中文"\n\n[ui]\nwidth = 60  # narrow\n'
    assert not load_settings(config_file(), {}).problems


async def test_a_theme_is_previewed_and_kept_only_by_enter() -> None:
    config_file().write_text(BEFORE, encoding="utf-8")
    async with running_chat(given=launch()) as chat:
        before = chat.app.theme
        await select(chat, "theme")
        for keep in ("escape", "enter"):
            await chat.pilot.press("enter")
            await screen(chat, ChoiceList)
            await chat.pilot.press(*"nord")
            await chat.until(lambda: chat.app.theme == "nord")
            assert "theme" not in config()["ui"]
            await chat.pilot.press(keep)
            await screen(chat, SettingsScreen)
            if keep == "escape":
                assert chat.app.theme == before
        await chat.until(lambda: config()["ui"].get("theme") == "nord")
        assert chat.app.theme == "nord"
    assert config_file().read_text(encoding="utf-8") == f'{BEFORE}theme = "nord"\n'


async def test_a_key_is_pressed_and_a_conflict_names_both_actions() -> None:
    async with running_chat(given=launch()) as chat:
        await select(chat, "keys")
        await chat.pilot.press("enter")
        await screen(chat, KeysScreen)
        await chat.pilot.press(*"new conv", "enter")
        await screen(chat, KeyCapture)
        await chat.pilot.press("ctrl+o")
        await chat.seen("The terminal sends: ^O  (ctrl+o)")
        assert "Open or search conversations" in chat.screen_text
        assert "New conversation; again: temporary" in chat.screen_text
        await chat.pilot.press("enter")
        await screen(chat, KeysScreen)
        swapped = {"chat.new": "ctrl+o", "chat.open": "ctrl+n"}
        await chat.until(lambda: config_file().exists() and config().get("keys") == swapped)
        await chat.pilot.press("enter")
        await screen(chat, KeyCapture)
        await chat.pilot.press("f11", "enter")
        await screen(chat, KeysScreen)
        await chat.until(lambda: config()["keys"]["chat.new"] == "f11")
        await chat.pilot.press("escape", "escape")
        await chat.until(lambda: chat.app.screen is chat.chat)
        await chat.pilot.press("f11")
        await chat.seen("New conversation")
    settings = load_settings(config_file(), {})
    assert settings.keys == {"chat.new": "f11", "chat.open": "ctrl+n"}
    assert not settings.problems


@pytest.mark.parametrize("content", ["[ui\n", "[ui]\nwidth = = 3\n"])
async def test_a_broken_file_is_named_and_not_changed(content: str) -> None:
    config_file().write_text(content, encoding="utf-8")
    async with running_chat(given=launch(), size=(120, 30)) as chat:
        await select(chat, "mouse")
        await chat.pilot.press("enter")
        await chat.seen("Fix it first")
    assert config_file().read_text(encoding="utf-8") == content


@pytest.mark.parametrize("row", [row for row in ROWS if row.kind is not RowKind.KEYS])
def test_each_line_is_read_as_its_value(row: Any, tmp_path: Path) -> None:
    values = {
        RowKind.FLAG: not row.default,
        RowKind.CHOICE: row.choices[-1][0] if row.choices else None,
        RowKind.THEME: "nord",
        RowKind.LANGUAGE: "zh",
        RowKind.NUMBER: 77,
        RowKind.TEXT: "中文 🎉",
    }
    value = values[row.kind]
    file = tmp_path / "config.toml"
    file.write_text(row.line(value).replace("] ", "]\n"), encoding="utf-8")
    settings = load_settings(file, {})
    assert not settings.problems
    assert row.value_of(settings) == value
    assert row.shown(value)
