"""After each change the terminal shows the same as with Textual's own compositor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyte
import pytest
from textual._compositor import Compositor
from textual.strip import Strip

from tests.chat_app import running_chat
from tests.fakes import FakeProvider, Step, answer
from tests.ui.bare import strips_of
from tests.ui.markdown.samples import ANSWERS, CONSTRUCTS
from tui_chat.core.stream_events import Finished, TextDelta
from tui_chat.ui.terminal.painting.compositor import RowCompositor, RowsUpdate

if TYPE_CHECKING:
    from tests.chat_app import ChatHarness


class Watched:
    """A terminal that is given all that the chat's screen would write."""

    def __init__(self, chat: ChatHarness, monkeypatch: pytest.MonkeyPatch) -> None:
        self._chat = chat
        self.written = 0
        width, height = chat.app.size
        self._screen = pyte.Screen(width, height)
        self._stream = pyte.Stream(self._screen)
        display = chat.app._display

        def shown(screen: Any, update: Any) -> None:
            if isinstance(update, RowsUpdate):
                size = chat.app.size
                if (self._screen.columns, self._screen.lines) != size:
                    self._screen.resize(size.height, size.width)
                text = update.render_segments(chat.app.console)
                self.written += len(text)
                self._stream.feed(text)
            display(screen, update)

        monkeypatch.setattr(chat.app, "_display", shown)
        chat.chat.refresh()

    @property
    def rows(self) -> list[str]:
        # A wide character leaves an empty cell behind it.
        screen = self._screen
        return [
            "".join(screen.buffer[y][x].data for x in range(screen.columns))
            for y in range(screen.lines)
        ]

    async def agrees(self) -> None:
        await self._chat.pilot.pause()
        strips = drawn_by_textual(self._chat)
        assert self.rows == [strip.text for strip in strips]


def drawn_by_textual(chat: ChatHarness) -> list[Strip]:
    """Return the rows as the stock compositor paints them from scratch."""
    compositor = chat.chat._compositor
    for widget in compositor.visible_widgets:
        widget._styles_cache.clear()
    stock = Compositor()
    stock.root, stock.size = compositor.root, compositor.size
    stock._visible_widgets = dict(compositor.visible_widgets)
    return [
        Strip.join(part.values()) for part in stock._render_chops(stock.size.region, lambda _: True)
    ]


def looks(strips: list[Strip]) -> list[list[tuple[str, object, object, object]]]:
    """Return each cell's character and how it looks."""
    return [
        [
            (character, style.color, style.bgcolor, style.bold)
            for text, style, _ in strip
            for character in text
            if style is not None
        ]
        for strip in strips
    ]


TEXTS = (*ANSWERS, *CONSTRUCTS)


def streamed(text: str) -> list[Step]:
    pieces = [text[at : at + 7] for at in range(0, len(text), 7)]
    return [*map(TextDelta, pieces), Finished("stop", None)]


@pytest.mark.slow
async def test_every_state_of_a_chat(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [f"{text}\n\n中文和 emoji 👍 end {index}" for index, text in enumerate(TEXTS[:6])]
    provider = FakeProvider(*(streamed(text) for text in texts))
    async with running_chat(provider, size=(90, 24)) as chat:
        terminal = Watched(chat, monkeypatch)
        await terminal.agrees()
        for index in range(len(texts)):
            await chat.submit(f"question {index} 问题")
            await terminal.agrees()
            await chat.idle()
            await terminal.agrees()
        for keys in (
            ["a", "b"],
            ["ctrl+j", "c"],
            ["backspace"],
            ["pageup"],
            ["pageup"],
            ["pagedown"],
        ):
            await chat.pilot.press(*keys)
            await terminal.agrees()
        chat.chat.host.show_notice("A toast over the messages")
        await terminal.agrees()
        await chat.pilot.resize_terminal(60, 20)
        await terminal.agrees()
        chat.app.theme = "textual-light"
        await terminal.agrees()


@pytest.mark.parametrize("theme", ["textual-dark", "textual-light"])
async def test_colours_are_those_of_textual(theme: str) -> None:
    async with running_chat(FakeProvider(streamed(TEXTS[0])), size=(100, 40)) as chat:
        chat.app.theme = theme
        await chat.submit("question")
        await chat.idle()
        await chat.pilot.press("up")
        await chat.pilot.pause()
        ours = strips_of(chat.chat)
        assert looks(ours) == looks(drawn_by_textual(chat))


async def test_a_row_that_grows_is_written_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    async with running_chat(size=(90, 24)) as chat:
        terminal = Watched(chat, monkeypatch)
        await terminal.agrees()
        before = terminal.written
        await chat.pilot.press("x")
        await terminal.agrees()
        assert 0 < terminal.written - before < 600


async def test_all_is_written_again_after_another_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    async with running_chat(size=(90, 24)) as chat:
        terminal = Watched(chat, monkeypatch)
        await terminal.agrees()
        await chat.pilot.press("f1")
        await chat.seen("Filter keys and commands")
        terminal._screen.reset()
        await chat.pilot.press("escape")
        await terminal.agrees()
        assert isinstance(chat.chat._compositor, RowCompositor)


async def test_what_was_taken_away_since_the_layout_is_painted_blank() -> None:
    async with running_chat(FakeProvider(answer("Rayleigh"))) as chat:
        await chat.submit("hello")
        await chat.idle()
        view = chat.messages.virtual_list.mounted.last_view
        assert view is not None
        # As in the middle of being removed: it is laid out, and hangs on nothing.
        parent, view._parent = view._parent, None
        try:
            strips = strips_of(chat.chat)
        finally:
            view._parent = parent
        assert "Rayleigh" not in "\n".join(strip.text for strip in strips)


async def test_where_no_widget_is_there_are_blanks(monkeypatch: pytest.MonkeyPatch) -> None:
    async with running_chat() as chat:
        with monkeypatch.context() as patched:
            patched.setattr(RowCompositor, "_parts", [])
            compositor = chat.chat._compositor
            assert isinstance(compositor, RowCompositor)
            rows = compositor._painted_rows([0, 1])
        strips = [strip for row in rows.values() for strip in row.values()]
        assert strips
        assert all(isinstance(strip, Strip) for strip in strips)
