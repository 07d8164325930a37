"""A view of a text of any size: arguments, descriptions and results in full."""

from __future__ import annotations

import asyncio
from itertools import islice
from typing import TYPE_CHECKING, ClassVar, Final

from textual.binding import Binding, BindingType
from textual.content import Content

from tui_chat.core.labels import N_, _
from tui_chat.ui.common.copying import CopyKind, CopyWanted
from tui_chat.ui.common.key_names import key_hints
from tui_chat.ui.common.modal import Modal
from tui_chat.ui.text_view.line_view import LineView
from tui_chat.ui.text_view.wrapped_lines import ViewLine, view_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from textual.app import ComposeResult

_PIECE: Final = 4_000
"""Characters of a line of the view; a longer line continues in the next one."""
_BATCH: Final = 250
"""Lines that are added at once: few, so that keys are not held up."""
_MOST_BATCHES: Final = 40
_SLICE: Final = 65_536


class FullText(Modal[None]):
    """Shows a text, line by line, sanitized."""

    DEFAULT_CSS = """
    FullText > #panel {
        height: 85%;
        max-width: 120;
        border-subtitle-color: $foreground 60%;
        scrollbar-background: $surface;
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "copy", N_("copy"), id="text.copy", tooltip=N_("Copy the text")),
        Binding("q,o", "close", N_("close"), id="text.close", show=False),
    ]

    def __init__(self, title: str, text: str, *, ink: str = "plain") -> None:
        """Create the view.

        Args:
            title: The title of the panel, sanitized.
            text: Any text from outside.
            ink: The style of the lines: `json` enables highlighting.
        """
        super().__init__()
        self._title_text = title
        self._text = text
        self._ink = ink
        self._lines = LineView(id="panel")

    def compose(self) -> ComposeResult:
        """Build the panel."""
        self._lines.border_title = Content(self._title_text)
        yield self._lines

    def on_mount(self) -> None:
        """Begin to fill the panel."""
        self._lines.focus()
        self._lines.border_subtitle = key_hints(self, ("text.copy", "modal.close"))
        self.run_worker(self._fill(), group="text", description="show a text")

    async def _fill(self) -> None:
        lines = _lines(self._text, self._ink)
        for _batch in range(_MOST_BATCHES):
            batch = await asyncio.to_thread(_next, lines)
            self._lines.extend(batch)
            if len(batch) < _BATCH:
                return
        # More rows would hold up keys while garbage is collected (measured).
        hidden = _("… the rest is not shown; copying takes all of it")
        self._lines.extend([ViewLine(hidden, "note")])

    def action_copy(self) -> None:
        """Copy the text."""
        self.post_message(CopyWanted(self._text, CopyKind.BODY))


def _next(lines: Iterator[ViewLine]) -> list[ViewLine]:
    return list(islice(lines, _BATCH))


def _lines(text: str, ink: str) -> Iterator[ViewLine]:
    """Yield the lines of a text; a long line in pieces."""
    rest = ""
    for start in range(0, len(text), _SLICE):
        *whole, rest = (rest + text[start : start + _SLICE]).split("\n")
        for line in whole:
            yield from _pieces(line.removesuffix("\r"), ink)
        while len(rest) > _PIECE:
            yield view_line(rest[:_PIECE], ink)
            rest = rest[_PIECE:]
    yield from _pieces(rest, ink)


def _pieces(line: str, ink: str) -> Iterator[ViewLine]:
    for start in range(0, max(1, len(line)), _PIECE):
        yield view_line(line[start : start + _PIECE], ink)
