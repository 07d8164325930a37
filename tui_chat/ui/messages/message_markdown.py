"""A message's text: Markdown as one widget without children, live or finished."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.await_complete import AwaitComplete
from textual.content import Content
from textual.geometry import Region
from textual.widgets import Markdown

from tui_chat.ui.common.copying import CopyKind, CopyWanted
from tui_chat.ui.common.links import LinkWanted
from tui_chat.ui.common.select_words import SelectsWords
from tui_chat.ui.markdown.document import Document
from tui_chat.ui.markdown.layout_items import COPY_MARK
from tui_chat.ui.markdown.paint_row import href_at
from tui_chat.ui.markdown.style_colours import COMPONENT_CLASSES
from tui_chat.ui.messages.delta_queue import DeltaQueue
from tui_chat.ui.messages.row_painter import RowPainter
from tui_chat.ui.terminal.painting.size_updates import SingleLayout

if TYPE_CHECKING:
    import re

    from textual import events
    from textual.geometry import Size
    from textual.selection import Selection
    from textual.strip import Strip
    from textual.widgets.markdown import TableOfContentsType


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
        first_code: The number of the first code block.
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
        first_code: int = 1,
        name: str | None = None,
        id: str | None = None,  # noqa: A002 - Textual's name
        classes: str | None = None,
    ) -> None:
        super().__init__(name=name, id=id, classes=classes, open_links=False)
        # The target is shown in a tooltip; repainting all rows on hover is not worth its cost.
        self.set_reactive(Markdown.auto_links, False)
        self._document = document or Document(
            text,
            finished=finished,
            keeps_breaks=keeps_breaks,
            has_code_numbers=has_code_numbers,
            first_code=first_code,
        )
        self._queue = DeltaQueue(self)
        self.painter = RowPainter(self)
        self._laid_out_height = 0
        self._searched_source: re.Pattern[str] | None = None
        """The search whose matches are in the source of formulas."""
        self._pointed_at: str | None = None

    @property
    def source(self) -> str:
        """The text, including queued text."""
        return self._document.source + self._queue.text

    @property
    def document(self) -> Document:
        """The document that is shown."""
        return self._document

    @property
    def table_of_contents(self) -> TableOfContentsType:
        """The headings, without block ids: there are no block widgets."""
        return [(level, text, None) for _, level, text in self._document.headings]

    def update(self, markdown: str) -> AwaitComplete:
        """Replace the text."""
        self._queue.clear()
        old = self._document
        self._document = Document(
            markdown,
            old.width,
            finished=old.finished,
            keeps_breaks=old.keeps_breaks,
            has_code_numbers=old.has_code_numbers,
            first_code=old.first_code,
            renders_formulas=old.renders_formulas,
        )
        self.show_changes()
        return AwaitComplete()

    def flip_formulas(self) -> str:
        """Show formulas as source, or in Unicode again.

        Returns:
            The name of the view; an empty text when there are no formulas.
        """
        is_source = not self._document.renders_formulas
        if not is_source and not self._document.formulas:
            return ""
        self._render_formulas(renders=is_source)
        self._searched_source = None
        return "formulas" if is_source else "source"

    def _render_formulas(self, *, renders: bool) -> None:
        old = self._document
        self._document = Document(
            old.source,
            old.width,
            finished=old.finished,
            keeps_breaks=old.keeps_breaks,
            has_code_numbers=old.has_code_numbers,
            first_code=old.first_code,
            renders_formulas=renders,
        )
        self.painter.clear()
        self.show_changes()

    def append(self, markdown: str) -> AwaitComplete:
        """Queue text for the next frame; the first text after a pause is shown at once."""
        self._queue.append(markdown)
        return AwaitComplete()

    def finish(self) -> None:
        """Complete the message once all queued text is shown."""
        self._queue.finish()

    def on_mount(self, event: events.Mount) -> None:
        """Show the text that arrived before."""
        # The base class would load its own text here and discard ours.
        event.prevent_default()
        self._queue.start()

    def on_unmount(self) -> None:
        """Stop the clock."""
        self._queue.stop()

    def show_changes(self) -> None:
        """Repaint changed rows, with a new layout if their number has changed."""
        row = self._document.take_changed_row()
        self.painter.invalidate_from(row)
        height = self._document.height
        if height != self._laid_out_height:
            self.refresh(layout=True)
        elif row < height:
            self.refresh(Region(0, row, self.size.width, height - row))

    def notify_style_update(self) -> None:
        """Drop cached colours when the theme changes."""
        self.painter.reset_colours()
        super().notify_style_update()

    def get_content_width(self, container: Size, viewport: Size) -> int:
        """Return the full width: text wraps to the available width."""
        return container.width

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Lay the document out at a width and return its height."""
        self._wrap(width)
        self._laid_out_height = self._document.height
        return self._laid_out_height

    def apply_size(self, size: Size, virtual_size: Size, container_size: Size) -> bool:
        """Wrap to the width of the layout.

        Textual caches arrangements: at an earlier width it does not query the height again.
        """
        is_changed = super().apply_size(size, virtual_size, container_size)
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
        self.painter.clear()
        return True

    def render_lines(self, crop: Region) -> list[Strip]:
        """Paint rows with their border and padding."""
        if self.gutter.top or self.gutter.bottom:
            return super().render_lines(crop)
        return self.painter.rows(crop)

    def render_line(self, y: int) -> Strip:
        """Return one row of content, with the offsets that mouse selection needs."""
        return self.painter.row(y).apply_offsets(0, y)

    def mark(self, pattern: re.Pattern[str] | None, ordinal: int | None) -> None:
        """Highlight the matches of a pattern; `ordinal` is the index of the current match.

        Formulas are shown as source while one of them has a match there.
        """
        if self._searched_source is not None and pattern != self._searched_source:
            self._searched_source = None
            self._render_formulas(renders=True)
        if pattern is not None and any(map(pattern.search, self._document.formulas)):
            self._searched_source = pattern
            self._render_formulas(renders=False)
        self.painter.highlight(pattern, ordinal)
        self.refresh()

    def selection_updated(self, selection: Selection | None) -> None:
        """Paint the selection."""
        self.painter.clear()
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
        href = href_at(event.style)
        if self._pointed_at != href:
            self._pointed_at = href
            # Not a string, because Textual would parse its markup.
            self.tooltip = Content(href) if href else None

    def on_click(self, event: events.Click) -> None:
        """Copy the code block whose mark was clicked."""
        if event.chain > 1 or not self._document.has_code_numbers:
            return
        x, y = event.get_content_offset_capture(self)
        for number, block in enumerate(self._document.code_blocks, self._document.first_code):
            if block.row == y and x >= self.size.width - len(f"{number} {COPY_MARK} "):
                event.stop()
                self.post_message(CopyWanted(block.text, CopyKind.CODE_BLOCK, number))

    def on_leave(self) -> None:
        """Remove the tooltip."""
        self._pointed_at = self.tooltip = None

    def action_link(self, href: str) -> None:
        """Open a clicked link."""
        self.post_message(Markdown.LinkClicked(self, href))
        self.post_message(LinkWanted(href))
