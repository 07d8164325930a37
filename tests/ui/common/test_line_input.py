"""Fields of dialogs: one line, of bounded length, with the editing keys of the prompt."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from textual.events import Paste

import tui_chat.ui
from tests.chat_app import running_chat
from tests.ui.bare import BareApp
from tui_chat.ui.commands.palette import PaletteInput
from tui_chat.ui.common.line_input import LONGEST_LINE, LineInput

THUMB = "👍🏽"


class LineApp(BareApp):
    """One field with the focus."""

    def __init__(self, value: str = "") -> None:
        self.line = LineInput(id="line")
        self._value = value
        super().__init__(self.line)

    def on_mount(self) -> None:
        self.line.value = self._value
        self.line.focus()
        self.line.cursor_position = len(self.line.value)


@pytest.mark.parametrize("text", ["x" * 100_000, "x\n" * 50_000, "字" * 100_000, THUMB * 50_000])
async def test_a_long_paste_is_cut(text: str) -> None:
    app = LineApp("ab")
    async with app.run_test() as pilot:
        await pilot.press("left")
        app.line.post_message(Paste(text))
        await pilot.pause()
        value = app.line.value
        assert value[0] == "a"
        assert value[-1] == "b"
        assert len(value) in range(LONGEST_LINE - 1, LONGEST_LINE + 1)
        assert "\n" not in value
        app.copy_to_clipboard(text)
        await pilot.press("ctrl+v", "y")
        assert len(app.line.value) <= LONGEST_LINE


async def test_a_paste_takes_the_place_of_a_selection() -> None:
    app = LineApp("x" * LONGEST_LINE)
    async with app.run_test() as pilot:
        await pilot.press("shift+home")
        app.line.post_message(Paste("two\nlines\x1b[31m"))
        await pilot.pause()
        assert app.line.value == "two lines␛[31m"


@pytest.mark.parametrize(
    ("value", "keys", "expected"),
    [
        ("🇩🇪🇫🇷", ["backspace"], "🇩🇪"),
        (f"{THUMB}x", ["home", "delete"], "x"),
        (f"{THUMB}x", ["left", "left", "y"], f"y{THUMB}x"),
        (f"{THUMB}x", ["home", "right", "y"], f"{THUMB}yx"),
        (f"a{THUMB}", ["shift+left", "backspace"], "a"),
        ("one two", ["alt+backspace"], "one "),
        ("one two", ["ctrl+backspace"], "one "),
        ("one two", ["home", "alt+d"], " two"),
        ("one two", ["home", "ctrl+delete"], " two"),
        ("one two", ["home", "alt+d", "alt+d"], ""),
        ("one two", ["home", "alt+f", "x"], "onex two"),
        ("你好，世界", ["home", "alt+f", "x"], "你好x，世界"),
        ("one two", ["alt+b", "x"], "one xtwo"),
        ("one two", ["ctrl+w", "ctrl+w", "ctrl+y"], "one two"),
        ("one two", ["ctrl+u", "x", "ctrl+y"], "xone two"),
        ("one two", ["home", "ctrl+k", "ctrl+y"], "one two"),
        ("one two", ["ctrl+y", "alt+q"], "one two"),
        ("one two", ["ctrl+w", "ctrl+underscore"], "one two"),
        ("one two", ["ctrl+w", "ctrl+w", "ctrl+underscore", "x"], "one x"),
        ("a", ["b", "c", "d", "ctrl+underscore"], "a"),
        ("a", ["b", "left", "c", "ctrl+underscore"], "ab"),
        ("a", ["b", "c", "ctrl+underscore", "alt+slash"], "abc"),
        ("a", ["b", "ctrl+underscore", "c", "alt+slash"], "ac"),
        ("a", ["ctrl+underscore", "alt+slash"], "a"),
    ],
)
async def test_editing_keys(value: str, keys: list[str], expected: str) -> None:
    app = LineApp(value)
    async with app.run_test() as pilot:
        await pilot.press(*keys)
        assert app.line.value == expected


def test_every_field_is_bounded() -> None:
    """No module makes one of Textual's own fields."""
    root = Path(tui_chat.ui.__file__).parent
    unbounded = [
        path.name
        for path in root.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in ("Input", "MaskedInput", "TextArea")
    ]
    assert unbounded == []


async def test_the_command_palette_has_the_keys_of_every_field() -> None:
    async with running_chat() as chat:
        await chat.pilot.press("ctrl+p")
        await chat.until(lambda: isinstance(chat.app.focused, PaletteInput))
        line = chat.app.focused
        assert isinstance(line, PaletteInput)
        line.post_message(Paste("ab🇩🇪🇫🇷"))
        await chat.pilot.press("backspace", "backspace", "alt+b", "alt+d", "ctrl+y", "ctrl+y")
        await chat.until(lambda: line.value == "abab")
        line.post_message(Paste("x" * 100_000))
        await chat.until(lambda: len(line.value) == LONGEST_LINE)
        await chat.pilot.press("ctrl+underscore", "ctrl+u", *"quit")
        await chat.seen("Quit")
