"""A message's text: Markdown as one widget without children, live or finished."""

from __future__ import annotations

import os
from collections import deque
from time import perf_counter
from typing import TYPE_CHECKING, ClassVar, Final

from rich.segment import Segment
from textual.await_complete import AwaitComplete
from textual.content import Content
from textual.geometry import Region
from textual.strip import Strip
from textual.widgets import Markdown

from tui_chat.ui.common.links import LinkWanted
from tui_chat.ui.common.select_words import SelectsWords
from tui_chat.ui.markdown.document import Document
from tui_chat.ui.markdown.paint_row import href_at, painted, shows_links
from tui_chat.ui.markdown.palette import COMPONENT_CLASSES, Palette
from tui_chat.ui.markdown.search_highlights import RowHighlighter
from tui_chat.ui.terminal.frame_rate import frame_s, is_behind
from tui_chat.ui.terminal.row_frame import RowFrame
from tui_chat.ui.terminal.single_layout import SingleLayout

if TYPE_CHECKING:
    import re

    from textual import events
    from textual.geometry import Size
    from textual.selection import Selection
    from textual.timer import Timer
    from textual.widgets._markdown import TableOfContentsType

    from tui_chat.ui.markdown.document import CodeBlock
    from tui_chat.ui.markdown.styled_text import Line

BUDGET_S: Final = 0.008
"""Time that one frame may spend on new text, so that a burst of deltas never delays a key."""
_SLICE: Final = 1024
"""Characters parsed between two checks of the time."""
_MAX_PAINTED: Final = 400
"""Size of the cache of painted rows: a few screens."""


class MessageMarkdown(SingleLayout, Markdown, SelectsWords):
    """Streaming Markdown at a cost that does not grow with the message.

    It supports `update`, `append` and `Markdown.get_stream` like its base class. It has no child
    widgets and paints every row itself, so its parts are styled by component classes.

    Args:
        text: The message so far.
        document: A prepared document, instead of text; it is shared, not copied.
        finished: Whether the text is complete, as after `finish`.
        keeps_breaks: Whether line breaks inside paragraphs stay, as for typed text.
        has_code_numbers: Whether code blocks show their number.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = set(COMPONENT_CLASSES)

    DEFAULT_CSS = """
    MessageMarkdown {
        width: 1fr;
        height: auto;
        padding: 0;

        & > .markdown--heading-1 { color: $text-primary; text-style: bold underline; }
        & > .markdown--heading-2 { color: $text-primary; text-style: bold; }
        & > .markdown--heading { text-style: bold; }
        & > .markdown--quote { color: $foreground 80%; }
        & > .markdown--accent { color: $text-primary; }
        & > .markdown--rule { color: $foreground 30%; }
        & > .markdown--code-block { color: $foreground; background: $foreground 5%; }
        & > .markdown--quiet { color: $foreground 60%; }
        & > .markdown--math { color: $text-secondary; }
        & > .markdown--code { color: $text-warning; background: $foreground 7%; }
        & > .markdown--link { color: $text-primary; text-style: underline; }
        &:light > .markdown--code { color: $text-error; }
        &:light > .markdown--code-block { background: white 30%; }

        &:ansi > .markdown--code-block, &:ansi > .markdown--code { background: ansi_default; }
    }
    """

    def __init__(
        self,
        text: str = "",
        *,
        document: Document | None = None,
        finished: bool = False,
        keeps_breaks: bool = False,
        has_code_numbers: bool = True,
        name: str | None = None,
        id: str | None = None,  # noqa: A002 - Textual's name
        classes: str | None = None,
    ) -> None:
        super().__init__(name=name, id=id, classes=classes, open_links=False)
        # The target is shown in a tooltip; repainting all rows on hover is not worth its cost.
        self.set_reactive(Markdown.auto_links, False)
        self._document = document or Document(
            text, finished=finished, keeps_breaks=keeps_breaks, has_code_numbers=has_code_numbers
        )
        self._queue: deque[str] = deque()
        self._clock: Timer | None = None
        self._is_ending = False
        """`finish` was called, but text is still queued."""
        self._frame = RowFrame()
        self._palette = Palette(self, has_terminal_links=shows_links(os.environ))
        self._painted: dict[int, tuple[Line, int, list[Segment]]] = {}
        self._doubtful: set[int] = set()
        """Cached rows whose line may have changed; most have not."""
        self._marks: RowHighlighter | None = None
        self._laid_out_height = 0
        self._row_width = 0
        self._selection: Selection | None = None
        self._pointed_at: str | None = None

    @property
    def source(self) -> str:
        """The text, including queued text."""
        return self._document.source + "".join(self._queue)

    @property
    def document(self) -> Document:
        """The document that is shown."""
        return self._document

    @property
    def code_blocks(self) -> list[CodeBlock]:
        """The fenced code blocks parsed so far, in order."""
        return self._document.code_blocks

    @property
    def table_of_contents(self) -> TableOfContentsType:
        """The headings, without block ids: there are no block widgets."""
        return [(level, text, None) for _, level, text in self._document.headings]

    def update(self, markdown: str) -> AwaitComplete:
        """Replace the text."""
        self._stop_clock()
        self._queue.clear()
        self._is_ending = False
        old = self._document
        self._document = Document(
            markdown,
            old.width,
            finished=old.finished,
            keeps_breaks=old.keeps_breaks,
            has_code_numbers=old.has_code_numbers,
        )
        self._show()
        return AwaitComplete()

    def append(self, markdown: str) -> AwaitComplete:
        """Queue text for the next frame; the first text after a pause is shown at once."""
        if markdown:
            self._queue.append(markdown)
            self._is_ending = False
            if self._clock is None and self.is_running:
                self._start_clock()
                self._on_frame()
        return AwaitComplete()

    def finish(self) -> None:
        """Complete the message once all queued text is shown.

        After a burst this takes a few more frames, so that the next question does not wait for it.
        """
        self._is_ending = True
        if self._clock is None and self.is_running:
            self._start_clock()
        self._on_frame()

    def _on_mount(self, event: events.Mount) -> None:  # type: ignore[override]
        # The base class would load its own text here and discard ours.
        event.prevent_default()
        queued = "".join(self._queue)
        self._queue.clear()
        self.append(queued)

    def _on_unmount(self) -> None:
        self._stop_clock()

    def _start_clock(self) -> None:
        self._clock = self.set_interval(frame_s(os.environ), self._on_frame)

    def _stop_clock(self) -> None:
        if self._clock is not None:
            self._clock.stop()
            self._clock = None

    def _on_frame(self) -> None:
        """Parse queued text within the time budget; stop the clock when none is left."""
        if not self._queue and not self._is_ending:
            self._stop_clock()
            return
        if self.is_running and is_behind(self.app):
            return
        until = perf_counter() + BUDGET_S
        while self._queue:
            text = self._queue.popleft()
            if len(text) > _SLICE:
                self._queue.appendleft(text[_SLICE:])
            self._document.append(text[:_SLICE])
            if perf_counter() >= until:
                break
        if self._is_ending and not (self._queue and self.is_running):
            self._end()
        self._show()

    def _end(self) -> None:
        self._is_ending = False
        self._stop_clock()
        while self._queue:
            self._document.append(self._queue.popleft())
        self._document.finish()

    def _show(self) -> None:
        """Repaint changed rows, with a new layout if their number has changed."""
        row = self._document.take_changed_row()
        self._doubtful.update(y for y in self._painted if y >= row)
        height = self._document.height
        if height != self._laid_out_height:
            self.refresh(layout=True)
        elif row < height:
            self.refresh(Region(0, row, self.size.width, height - row))

    def notify_style_update(self) -> None:
        """Drop cached colours when the theme changes."""
        self._palette = Palette(self, has_terminal_links=shows_links(os.environ))
        self._painted.clear()
        super().notify_style_update()

    def get_content_width(self, container: Size, viewport: Size) -> int:
        """Return the full width: text wraps to the available width."""
        return container.width

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Lay the document out at a width and return its height."""
        self._wrap(width)
        self._laid_out_height = self._document.height
        return self._laid_out_height

    def _size_updated(
        self, size: Size, virtual_size: Size, container_size: Size, layout: bool = True
    ) -> bool:
        """Wrap to the width of the layout.

        Textual caches arrangements: at an earlier width it does not query the height again.
        """
        is_changed = super()._size_updated(size, virtual_size, container_size, layout)
        width, height = self.size
        if width and self._wrap(width):
            self._laid_out_height = height
            if self._document.height != height:
                # The cached arrangement is older than the text.
                self.refresh(layout=True)
        return is_changed

    def _wrap(self, width: int) -> bool:
        """Wrap to a width; return False if it is the current one."""
        if width == self._document.width:
            return False
        self._document.resize(width)
        self._painted.clear()
        return True

    def position_of(self, row: int) -> tuple[int, int]:
        """Return a place in the text that a row begins with, valid at any width."""
        return self._document.position_of(row)

    def row_of(self, position: tuple[int, int]) -> int:
        """Return the row of a place in the text at the current width."""
        return self._document.row_of(position)

    def render_lines(self, crop: Region) -> list[Strip]:
        """Paint rows with their border and padding."""
        if self.gutter.top or self.gutter.bottom:
            return super().render_lines(crop)
        self._begin_paint()
        return self._frame.rows(self, crop, self._row, self._document.height)

    def render_line(self, y: int) -> Strip:
        """Return one row of content, with the offsets that mouse selection needs."""
        self._begin_paint()
        return Strip(self._row(y), self._row_width).apply_offsets(0, y)

    def _begin_paint(self) -> None:
        """Read the state that all rows of a paint share."""
        self._row_width = self.size.width
        # The widget may be removed during a paint.
        self._selection = self.text_selection if self.is_attached else None

    def _row(self, y: int) -> list[Segment]:
        """Return one row of content, from the cache if its line is unchanged."""
        width = self._row_width
        known = self._painted.get(y)
        if known is not None and known[1] == width:
            if y not in self._doubtful:
                return known[2]
            self._doubtful.discard(y)
            if known[0] == self._document.line(y):
                return known[2]
        if not self.is_attached:
            # The widget was removed during a paint and has no colours any more.
            return [Segment(" " * width)]
        selected = self._selection.get_span(y) if self._selection else None
        line = self._document.line(y)
        segments = painted(line, self._palette, width, selected, self.selection_style)
        if self._marks is not None:
            segments = list(self._marks.over(Strip(segments, width), self._document, y, self))
        if len(self._painted) >= _MAX_PAINTED:
            self._painted.clear()
        self._painted[y] = line, width, segments
        return segments

    def mark(self, pattern: re.Pattern[str] | None, ordinal: int | None) -> None:
        """Highlight the matches of a pattern; `ordinal` is the index of the current match."""
        self._marks = RowHighlighter(pattern, ordinal) if pattern is not None else None
        self._painted.clear()
        self.refresh()

    def marked_row(self) -> int | None:
        """Return the row of the current match; None when it is not in this text."""
        return self._marks.current_row(self._document) if self._marks is not None else None

    def selection_updated(self, selection: Selection | None) -> None:
        """Paint the selection."""
        self._painted.clear()
        super().selection_updated(selection)

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """Return the selected text; a wrapped paragraph is one line."""
        start, end = selection
        y1, x1 = (start.y, start.x) if start else (0, 0)
        y2, x2 = (end.y, end.x) if end else (self._document.height, 0)
        return self._document.get_text(y1, x1, y2, x2), "\n"

    def text_row(self, y: int) -> str:
        """Return the text of a row."""
        return self._document.line(y).text

    def paragraph_rows(self, y: int) -> tuple[int, int]:
        """Return the first and the last row of the paragraph that contains a row."""
        return self._document.paragraph_rows(y)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Show the target of the link under the pointer in a tooltip."""
        self._point_at(href_at(event.style))

    def on_leave(self) -> None:
        """Remove the tooltip."""
        self._point_at(None)

    def _point_at(self, href: str | None) -> None:
        if self._pointed_at != href:
            self._pointed_at = href
            # Not a string, because Textual would parse its markup.
            self.tooltip = Content(href) if href else None

    def action_link(self, href: str) -> None:
        """Open a clicked link."""
        self.post_message(Markdown.LinkClicked(self, href))
        self.post_message(LinkWanted(href))
