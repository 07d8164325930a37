"""Runs the wire view alone, with handmade exchanges."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from textual.app import App

from tests.chat_app import PATIENCE_S
from tests.ui.bare import strips_of
from tui_chat.core.http_exchange import Exchange
from tui_chat.core.profile import Secret
from tui_chat.core.text.redact import Redactor
from tui_chat.ui.inspector.inspector_screen import WireView
from tui_chat.ui.text_view.line_view import LineView

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from textual.pilot import Pilot

KEY = "sk-proj-abcDEF1234567890abcdefghij"
MASK = Redactor([Secret(KEY)])
HOSTILE = "\x1b]52;c;aGk=\x07 \x9b31m \u202eabc \x00 \x7f \U000e0041 [bold]x[/bold]"
RAW = frozenset("\x1b\x07\x9b\u202e\x00\x7f\U000e0041\ud83d")
SSE = {"content-type": "text/event-stream"}


def exchange(
    *data: bytes, status: int | None = 200, headers: dict[str, str] = SSE, body: str = "{}"
) -> Exchange:
    found = Exchange(
        method="POST",
        url="https://api.example.com/v1/chat/completions",
        started_at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        request_headers={"authorization": "***", "content-type": "application/json"},
        request_body=body,
        status=status,
        response_headers=headers if status is not None else {},
    )
    for number, piece in enumerate(data):
        found.record(number / 10, piece)
    return found


def event(delta: dict[str, Any], **fields: Any) -> bytes:
    choice = {"index": 0, "delta": delta, **fields}
    return f"data: {json.dumps({'choices': [choice]}, ensure_ascii=False)}\n\n".encode()


class WireApp(App[None]):
    def __init__(self, view: WireView) -> None:
        super().__init__()
        self.view = view

    def on_mount(self) -> None:
        self.push_screen(self.view)


class Harness:
    def __init__(self, app: WireApp, pilot: Pilot[None]) -> None:
        self.app = app
        self.pilot = pilot
        self.press = pilot.press
        self.lines = app.view.query_one(LineView)
        self.lines_shown = self.lines.size.height

    @property
    def rows(self) -> list[str]:
        return [strip.text for strip in strips_of(self.app.view)]

    @property
    def text(self) -> str:
        return "\n".join(self.rows)

    @property
    def all_text(self) -> str:
        """Every row, including invisible ones."""
        lines = self.lines
        rows: list[str] = []
        top = lines.scroll_y
        for y in range(0, lines.virtual_size.height, lines.size.height):
            lines.scroll_to(y=y, animate=False)
            offset = lines.scroll_offset.y
            rows[offset:] = [lines.render_line(row).text for row in range(lines.size.height)]
        lines.scroll_to(y=top, animate=False)
        return "\n".join(row.rstrip() for row in rows)

    async def until(self, condition: Callable[[], object]) -> None:
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not condition():
                    await self.pilot.pause(0.01)
        except TimeoutError:
            raise AssertionError(f"It never came true; the screen:\n{self.text}") from None

    async def seen(self, text: str) -> None:
        await self.until(lambda: text in self.text)


@asynccontextmanager
async def showing(
    source: Exchange | Callable[[], Exchange | None] | None,
    folder: Path | None = None,
    size: tuple[int, int] = (100, 30),
) -> AsyncIterator[Harness]:
    asked = source if callable(source) else lambda: source
    view = WireView(asked, MASK, folder or nowhere())
    app = WireApp(view)
    async with app.run_test(size=size, notifications=True) as pilot:
        await pilot.pause()
        yield Harness(app, pilot)


def nowhere() -> Path:
    from pathlib import Path

    return Path("/nonexistent")
