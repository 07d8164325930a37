from __future__ import annotations

import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from textual.app import App

from tests.ui.bare import strips_of
from tui_chat.ui.inspector.error_details import ErrorDetails
from tui_chat.ui.text_view.line_view import LineView

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from textual.pilot import Pilot

    from tui_chat.ui.common.copying import CopyWanted

HOSTILE = "\x1b]52;c;aGk=\x07 \x9b31m \u202eabc \x00 [bold]x[/bold] \ud83d"
BODY = json.dumps({"error": {"message": "密钥无效 🔑", "param": None, "code": 3}})


class _App(App[None]):
    def __init__(self, details: ErrorDetails) -> None:
        super().__init__()
        self.details = details
        self.copied = ""

    def on_mount(self) -> None:
        self.push_screen(self.details)

    def on_copy_wanted(self, event: CopyWanted) -> None:
        self.copied = event.text


def _text(app: _App) -> str:
    return "\n".join(strip.text for strip in strips_of(app.screen))


@asynccontextmanager
async def showing(
    body: str, words: str = "The key was refused.", host: str = "api.example.com"
) -> AsyncIterator[tuple[_App, Pilot[None]]]:
    app = _App(ErrorDetails(words, 401, host, body))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        yield app, pilot


async def test_json_is_pretty_printed_and_highlighted() -> None:
    async with showing(BODY) as (app, _):
        text = _text(app)
        assert "The key was refused." in text
        assert "api.example.com · 401 Unauthorized" in text
        assert '    "message": "密钥无效 🔑",' in text
        lines = app.screen.query_one(LineView)
        y = next(y for y in range(20) if '"code": 3' in lines.render_line(y).text)
        styles = {segment.text: segment.style for segment in lines.render_line(y)}
        assert styles['"code"'] == lines._style("key")
        assert styles["3"] == lines._style("number")
        # The panel is as high as its content.
        assert lines.size.height == lines.virtual_size.height == 10


async def test_y_copies_the_body_and_escape_closes() -> None:
    async with showing(BODY) as (app, pilot):
        assert "y copy   Esc close" in _text(app)
        await pilot.press("y")
        await pilot.pause()
        assert app.copied == BODY
        await pilot.press("escape")
        assert app.screen is not app.details


@pytest.mark.parametrize("is_json", [True, False])
async def test_hostile_text_is_shown_safely_and_copied_raw(is_json: bool) -> None:
    body = json.dumps({HOSTILE: HOSTILE}, ensure_ascii=False) if is_json else f"{HOSTILE}\n<p>"
    async with showing(body, words=HOSTILE, host=HOSTILE) as (app, pilot):
        await pilot.press("y")
        await pilot.pause()
        assert not set(_text(app)) & set("\x1b\x07\x9b\u202e\x00\ud83d")
        assert "[bold]x[/bold]" in _text(app)
        # The app sanitizes it for the clipboard.
        assert app.copied == body


async def test_a_long_body_scrolls() -> None:
    body = json.dumps([f"line {number}" for number in range(4000)])
    async with showing(body) as (app, pilot):
        assert "line 0" in _text(app)
        await pilot.press("pagedown")
        await pilot.pause()
        assert "line 20" in _text(app)
        await pilot.press("G")
        await pilot.pause()
        assert "line 3999" in _text(app)
        await pilot.press("g")
        await pilot.pause()
        assert "The key was refused." in _text(app)


@pytest.mark.parametrize("body", ["", " \n"])
async def test_no_body(body: str) -> None:
    async with showing(body) as (app, _):
        assert "has no body" in _text(app)


@pytest.mark.parametrize(
    "body",
    ["[" * 65_000, f"[{','.join(['[' * 900 + ']' * 900] * 30)}]", "x" * 65_000, "\n" * 65_000],
    ids=["open", "nested", "one_line", "newlines"],
)
async def test_unusual_bodies_of_64_kilobytes(body: str) -> None:
    async with showing(body) as (app, pilot):
        await pilot.press("G")
        await pilot.pause()
        assert app.screen.query_one(LineView).virtual_size.height < 3000
