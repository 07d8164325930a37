"""Lines of text in a scroll view that draws only the rows that are seen, however many there are."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from rich.segment import Segment
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message as TextualMessage
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui_chat.ui.terminal.textual_internals import LayoutSize
from tui_chat.ui.text_view.line_paint import row_segments
from tui_chat.ui.text_view.line_search import LineSearch, Match
from tui_chat.ui.text_view.view_lines import Rows, ViewLine, clipped, row_starts
from tui_chat.ui.theme import SCROLL_BAR

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from rich.style import Style
    from textual import events

HEAD: Final = 0
BODY: Final = 1
_INKS: Final = (
    "quiet", "heading", "label", "error", "note", "key", "string", "number", "match", "current",
)  # fmt: skip
_PREPARED: Final = 1_000


class LineView(LayoutSize, ScrollView, can_focus=True, inherit_bindings=False):
    """Shows a head and a body of lines, wrapped; the end may be followed while the body grows.

    Attributes:
        search: What is looked for, and where it was found.
        is_following: Whether the end stays in view.
    """

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"lines--{ink}" for ink in _INKS}

    DEFAULT_CSS = (
        f"LineView {{{SCROLL_BAR}}}"
        + """
    LineView {
        overflow-x: hidden;
        overflow-y: auto;
        scrollbar-gutter: stable;
        scrollbar-size-horizontal: 0;
        & > .lines--quiet { color: $foreground 60%; }
        & > .lines--heading { color: $text-accent; text-style: bold; }
        & > .lines--label { color: $text-primary; }
        & > .lines--error { color: $text-error; }
        & > .lines--note { color: $foreground 60%; text-style: italic; }
        & > .lines--key { color: $text-primary; }
        & > .lines--string { color: $text-success; }
        & > .lines--number { color: $text-warning; }
        & > .lines--match { background: $warning 25%; text-style: underline; }
        & > .lines--current { background: $warning; color: $background; text-style: bold; }
    }
    """
    )

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "row(-1)", "up", id="lines.up", tooltip="A row up"),
        Binding("down,j", "row(1)", "down", id="lines.down", tooltip="A row down"),
        Binding("pageup", "page(-1)", "page up", id="lines.page_up", tooltip="A page up"),
        Binding("pagedown", "page(1)", "page down", id="lines.page_down", tooltip="A page down"),
        Binding("g,home", "start", "start", id="lines.start", tooltip="The beginning"),
        Binding("G,end", "end", "end", id="lines.end", tooltip="The end, and stay there"),
    ]

    class FollowingChanged(TextualMessage):
        """The person has gone to the end, or away from it."""

    def __init__(
        self,
        prepare: Callable[[str], str] = str,
        *,
        id: str | None = None,  # noqa: A002 - Textual's own name
    ) -> None:
        """Make an empty view.

        Args:
            prepare: Takes secrets out of a line's text; called for the lines that are seen.
            id: The widget's name.
        """
        super().__init__(id=id)
        self.is_following = False
        self._prepare = prepare
        self._prepared: dict[str, str] = {}
        self._styles: dict[str, Style] = {}
        self._sections = (Rows(), Rows())
        self._moves_itself = False
        self._is_resizing = False
        self._kept: tuple[int, int, int] | None = None
        """Section, line and character at the top when the user scrolled last."""
        self.search = LineSearch(self._sections, self._shown_text)

    @property
    def body(self) -> Rows:
        """The lines of the body."""
        return self._sections[BODY]

    @property
    def top_line(self) -> tuple[int, int]:
        """The section and the serial number of the line in the first row that is seen."""
        section, y = self._section_at(self.scroll_offset.y)
        rows = self._sections[section]
        return section, min(rows.at(y)[0], max(rows.end - 1, rows.dropped))

    # The lines

    def show(self, section: int, lines: Iterable[ViewLine]) -> None:
        """Show other lines in a section."""
        rows = self._sections[section]
        before = rows.height
        rows.replace(lines)
        self.search.look_again(section)
        self._changed(rows.height - before if section == HEAD else 0)
        self._note_place()

    def extend(self, lines: Iterable[ViewLine]) -> None:
        """Add lines to the body."""
        serial = self.body.end
        self.body.extend(lines)
        self.search.look_from(BODY, serial)
        self._changed()

    def drop(self, count: int) -> None:
        """Let the oldest lines of the body go; what is seen stays where it is."""
        gone = self.body.drop(count)
        self.search.forget_dropped(BODY)
        self._changed(-gone)

    def follow(self, *, is_following: bool = True) -> None:
        """Go to the end and stay there, or stay here."""
        if self.is_following != is_following:
            self.is_following = is_following
            self.post_message(self.FollowingChanged())
        if is_following:
            self._go(self.max_scroll_y)

    def look_for(self, words: str) -> None:
        """Mark some words wherever they are."""
        self.search.look_for(words)
        self.refresh()

    def go_to_match(self, direction: int) -> Match | None:
        """Go to the next match (1) or the one before (-1) and return it."""
        match = self.search.step(direction, *self.top_line)
        if match is not None:
            rows = self._sections[match.section]
            line = rows[match.serial]
            starts = row_starts(line, clipped(line.text), rows.width)
            y = rows.top(match.serial) + sum(start <= match.start for start in starts) - 1
            self._bring_into_view(y + (self._sections[HEAD].height if match.section else 0))
            self.refresh()
        return match

    def go_to_line(self, serial: int) -> None:
        """Put a line of the body into the first row."""
        self._go(self._sections[HEAD].height + self.body.top(serial))

    def _changed(self, moved: int = 0) -> None:
        """Take the new height over and stay at the same lines, or at the end."""
        height = sum(rows.height for rows in self._sections)
        self.virtual_size = Size(self.body.width, height)
        if self.is_following:
            self._go(self.max_scroll_y)
        elif moved and self.scroll_y > 0:
            self._go(self.scroll_y + moved)
        self.refresh()

    # Scrolling

    def action_row(self, step: int) -> None:
        """Scroll by a row."""
        self.scroll_to(y=self.scroll_target_y + step, animate=False)

    def action_page(self, step: int) -> None:
        """Scroll by a page, less a row to read on from."""
        rows = max(1, self.size.height - 1)
        self.scroll_to(y=self.scroll_target_y + step * rows, animate=False)

    def action_start(self) -> None:
        """Go to the beginning."""
        self.scroll_to(y=0, animate=False)

    def action_end(self) -> None:
        """Go to the end and stay there."""
        self.follow()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Follow the end when the person has gone there, and no longer when they leave it."""
        super().watch_scroll_y(old_value, new_value)
        if self._is_resizing or round(old_value) == round(new_value):
            return
        self._note_place()
        if not self._moves_itself:
            is_following = new_value >= self.max_scroll_y
            if is_following != self.is_following:
                self.is_following = is_following
                self.post_message(self.FollowingChanged())

    def _go(self, y: float) -> None:
        self._moves_itself = True
        try:
            self.scroll_to(y=y, animate=False, force=True)
        finally:
            self._moves_itself = False

    def _bring_into_view(self, y: int) -> None:
        top, height = self.scroll_offset.y, self.size.height
        if not top <= y < top + height:
            self.scroll_to(y=max(0, y - height // 3), animate=False, force=True)

    # Layout and painting

    @property
    def _width(self) -> int:
        """The cells of a row; those of the scroll bar are not among them."""
        return self.scrollable_content_region.width

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return the rows at a width."""
        self._wrap(max(1, width - self.styles.scrollbar_size_vertical))
        return sum(rows.height for rows in self._sections)

    def apply_size(
        self, size: Size, virtual_size: Size, container_size: Size, layout: bool = True
    ) -> bool:
        """Take the new size; being cut to it is no scrolling by the user."""
        self._is_resizing = size != self.outer_size
        try:
            return super().apply_size(size, virtual_size, container_size, layout)
        finally:
            self._is_resizing = False

    def on_resize(self, event: events.Resize) -> None:
        """Wrap to the new width; the line in the first row stays there."""
        self._is_resizing = True
        try:
            self._wrap(self._width)
            self._changed()
            if not self.is_following:
                self._go(self._kept_row())
        finally:
            self._is_resizing = False

    def _note_place(self) -> None:
        """Note what is in the first row, for after a resize."""
        section, y = self._section_at(self.scroll_offset.y)
        rows = self._sections[section]
        serial, row = rows.at(y)
        if rows.dropped <= serial < rows.end:
            line = rows[serial]
            starts = row_starts(line, clipped(line.text), rows.width)
            self._kept = section, serial, starts[min(row, len(starts) - 1)]

    def _kept_row(self) -> float:
        """Return the row of the place that was noted, at the current width."""
        if self._kept is None:
            return self.scroll_y
        section, serial, offset = self._kept
        rows = self._sections[section]
        top = self._sections[HEAD].height if section == BODY else 0
        if not rows.dropped <= serial < rows.end:
            return top
        line = rows[serial]
        starts = row_starts(line, clipped(line.text), rows.width)
        return top + rows.top(serial) + sum(start <= offset for start in starts) - 1

    def notify_style_update(self) -> None:
        """Forget all colours when the theme changes."""
        self._styles.clear()
        super().notify_style_update()

    def render_line(self, y: int) -> Strip:
        """Paint one row."""
        width, plain = self._width, self._style("plain")
        y += self.scroll_offset.y
        section, y = self._section_at(y)
        rows = self._sections[section]
        if width < 1 or y >= rows.height:
            return Strip.blank(max(0, width), plain)
        serial, row = rows.at(y)
        segments = self._painted(rows[serial], section, serial, row)
        return Strip(segments).adjust_cell_length(width, plain)

    def _painted(self, line: ViewLine, section: int, serial: int, row: int) -> list[Segment]:
        text = self._shown_text(line.text)
        starts = row_starts(line, text, self.body.width)
        lead = line.lead if row == 0 else ((" " * line.hang, "plain"),)
        segments = [Segment(words, self._style(ink)) for words, ink in lead]
        # A masked text may have fewer rows than were counted for the text itself.
        if row < len(starts):
            end = starts[row + 1] if row + 1 < len(starts) else len(text)
            marks = self.search.marks(text, section, serial)
            segments += row_segments(text, line.ink, starts[row], end, marks, self._style)
        return segments

    def _shown_text(self, text: str) -> str:
        known = self._prepared.get(text)
        if known is None:
            if len(self._prepared) >= _PREPARED:
                self._prepared.clear()
            known = self._prepared[text] = clipped(self._prepare(text))
        return known

    def _section_at(self, y: int) -> tuple[int, int]:
        """Return which section a row is in, and its number there."""
        head = self._sections[HEAD].height
        return (HEAD, y) if y < head else (BODY, y - head)

    def _wrap(self, width: int) -> None:
        for rows in self._sections:
            rows.resize(width)

    def _style(self, ink: str) -> Style:
        style = self._styles.get(ink)
        if style is None:
            names = (f"lines--{ink}",) if ink in _INKS else ()
            style = self._styles[ink] = self.get_visual_style(*names).rich_style
        return style
