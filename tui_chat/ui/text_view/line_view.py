"""A virtualized scroll view for lines of text: only visible rows are rendered."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from rich.segment import Segment
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message as TextualMessage
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui_chat.core.labels import N_
from tui_chat.ui.terminal.textual_internals import LayoutSize
from tui_chat.ui.text_view.line_paint import row_segments
from tui_chat.ui.text_view.line_search import LineSearch, Match
from tui_chat.ui.text_view.wrapped_lines import Rows, ViewLine, clipped, row_starts
from tui_chat.ui.theme import SCROLL_BAR

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from rich.style import Style
    from textual import events

HEAD: Final = 0
BODY: Final = 1
_INKS: Final = (
    "quiet", "heading", "label", "error", "note", "key", "string", "number", "match", "current",
)  # fmt: skip
_PREPARED: Final = 1_000


class LineView(LayoutSize, ScrollView, can_focus=True, inherit_bindings=False):
    """Shows a head and a body of wrapped lines; can follow the end while the body grows.

    Attributes:
        search: The search in its lines.
        is_following: Whether the view stays at the end.
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
        Binding("up,k", "row(-1)", N_("up"), id="lines.up", tooltip=N_("Up one row")),
        Binding("down,j", "row(1)", N_("down"), id="lines.down", tooltip=N_("Down one row")),
        Binding("pageup", "page(-1)", N_("page up"), id="lines.page_up", tooltip=N_("Up one page")),
        Binding(
            "pagedown",
            "page(1)",
            N_("page down"),
            id="lines.page_down",
            tooltip=N_("Down one page"),
        ),
        Binding(
            "g,home", "start", N_("start"), id="lines.start", tooltip=N_("Go to the beginning")
        ),
        Binding(
            "G,end", "end", N_("end"), id="lines.end", tooltip=N_("Go to the end and follow it")
        ),
    ]

    class FollowingChanged(TextualMessage):
        """The view follows the end now, or no longer."""

    def __init__(
        self,
        prepare: Callable[[str], str] = str,
        *,
        id: str | None = None,  # noqa: A002 - Textual's own name
    ) -> None:
        """Create an empty view.

        Args:
            prepare: Redacts the text of a line; called for visible lines only.
            id: The widget's id.
        """
        super().__init__(id=id)
        self.is_following = False
        self._prepare = prepare
        self._prepared: dict[str, str] = {}
        self._styles: dict[str, Style] = {}
        self._sections = (Rows(), Rows())
        self._is_scrolling_itself = False
        self._is_resizing = False
        self._anchor_position: tuple[int, int, int] | None = None
        """Section, line and character at the top when the user scrolled last."""
        self.search = LineSearch(self._sections, self._shown_text)

    @property
    def body(self) -> Rows:
        """The lines of the body."""
        return self._sections[BODY]

    @property
    def top_line(self) -> tuple[int, int]:
        """Section and serial number of the line in the first visible row."""
        section, y = _section_at(self._sections, self.scroll_offset.y)
        rows = self._sections[section]
        return section, min(rows.at(y)[0], max(rows.end - 1, rows.dropped))

    # The lines

    def show(self, section: int, lines: Iterable[ViewLine]) -> None:
        """Replace the lines of a section."""
        rows = self._sections[section]
        before = rows.height
        rows.replace(lines)
        self.search.rescan(section)
        self._changed(rows.height - before if section == HEAD else 0)
        self._remember_position()

    def extend(self, lines: Iterable[ViewLine]) -> None:
        """Append lines to the body."""
        serial = self.body.end
        self.body.extend(lines)
        self.search.scan_from(BODY, serial)
        self._changed()

    def drop(self, count: int) -> None:
        """Drop the oldest lines of the body; the scroll position is kept."""
        gone = self.body.drop(count)
        self.search.forget_dropped(BODY)
        self._changed(-gone)

    def follow(self, *, is_following: bool = True) -> None:
        """Start or stop following the end."""
        if self.is_following != is_following:
            self.is_following = is_following
            self.post_message(self.FollowingChanged())
        if is_following:
            self._go(self.max_scroll_y)

    def search_for(self, query: str) -> None:
        """Highlight a text in all lines."""
        self.search.set_query(query)
        self.refresh()

    def go_to_match(self, direction: int) -> Match | None:
        """Scroll to the next (1) or previous (-1) match and return it."""
        match = self.search.step(direction, *self.top_line)
        if match is not None:
            y = self._sections[match.section].row_of(match.serial, match.start)
            self._bring_into_view(y + (self._sections[HEAD].height if match.section else 0))
            self.refresh()
        return match

    def go_to_line(self, serial: int) -> None:
        """Scroll a line of the body to the first row."""
        self._go(self._sections[HEAD].height + self.body.top(serial))

    def _changed(self, moved: int = 0) -> None:
        """Update the height; keep the visible lines, or the end, in view."""
        height = sum(rows.height for rows in self._sections)
        self.virtual_size = Size(self.body.width, height)
        if self.is_following:
            self._go(self.max_scroll_y)
        elif moved and self.scroll_y > 0:
            self._go(self.scroll_y + moved)
        self.refresh()

    # Scrolling

    def action_row(self, step: int) -> None:
        """Scroll by one row."""
        self.scroll_to(y=self.scroll_target_y + step, animate=False)

    def action_page(self, step: int) -> None:
        """Scroll by a page, less one row of overlap."""
        rows = max(1, self.size.height - 1)
        self.scroll_to(y=self.scroll_target_y + step * rows, animate=False)

    def action_start(self) -> None:
        """Scroll to the beginning."""
        self.scroll_to(y=0, animate=False)

    def action_end(self) -> None:
        """Scroll to the end and follow it."""
        self.follow()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Follow the end once the user scrolls there; stop once they scroll away."""
        super().watch_scroll_y(old_value, new_value)
        if self._is_resizing or round(old_value) == round(new_value):
            return
        self._remember_position()
        if not self._is_scrolling_itself:
            is_following = new_value >= self.max_scroll_y
            if is_following != self.is_following:
                self.is_following = is_following
                self.post_message(self.FollowingChanged())

    def _go(self, y: float) -> None:
        self._is_scrolling_itself = True
        try:
            self.scroll_to(y=y, animate=False, force=True)
        finally:
            self._is_scrolling_itself = False

    def _bring_into_view(self, y: int) -> None:
        top, height = self.scroll_offset.y, self.size.height
        if not top <= y < top + height:
            self.scroll_to(y=max(0, y - height // 3), animate=False, force=True)

    # Layout and painting

    @property
    def _width(self) -> int:
        """Cells of a row, without the scroll bar."""
        return self.scrollable_content_region.width

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return the number of rows at a width."""
        _wrap(self._sections, max(1, width - self.styles.scrollbar_size_vertical))
        return sum(rows.height for rows in self._sections)

    def apply_size(
        self, size: Size, virtual_size: Size, container_size: Size, layout: bool = True
    ) -> bool:
        """Update the size; a scroll offset that is clamped by it is not a scroll by the user."""
        self._is_resizing = size != self.outer_size
        try:
            return super().apply_size(size, virtual_size, container_size, layout)
        finally:
            self._is_resizing = False

    def on_resize(self, event: events.Resize) -> None:
        """Rewrap to the new width; keep the line in the first row."""
        self._is_resizing = True
        try:
            _wrap(self._sections, self._width)
            self._changed()
            if not self.is_following:
                self._go(self._remembered_row())
        finally:
            self._is_resizing = False

    def _remember_position(self) -> None:
        """Remember the position of the first row, to restore it after a resize."""
        section, y = _section_at(self._sections, self.scroll_offset.y)
        position = self._sections[section].position_at(y)
        if position is not None:
            self._anchor_position = section, *position

    def _remembered_row(self) -> float:
        """Return the row of the remembered position at the current width."""
        if self._anchor_position is None:
            return self.scroll_y
        section, serial, offset = self._anchor_position
        rows = self._sections[section]
        top = self._sections[HEAD].height if section == BODY else 0
        if not rows.dropped <= serial < rows.end:
            return top
        return top + rows.row_of(serial, offset)

    def notify_style_update(self) -> None:
        """Clear the cached styles when the theme changes."""
        self._styles.clear()
        super().notify_style_update()

    def render_line(self, y: int) -> Strip:
        """Render one row."""
        width, plain = self._width, self._style("plain")
        y += self.scroll_offset.y
        section, y = _section_at(self._sections, y)
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
        segments = [Segment(part, self._style(ink)) for part, ink in lead]
        # A redacted text may have fewer rows than its original.
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

    def _style(self, ink: str) -> Style:
        style = self._styles.get(ink)
        if style is None:
            names = (f"lines--{ink}",) if ink in _INKS else ()
            style = self._styles[ink] = self.get_visual_style(*names).rich_style
        return style


def _section_at(sections: Sequence[Rows], y: int) -> tuple[int, int]:
    """Return the section of a row, and the row within it."""
    head = sections[HEAD].height
    return (HEAD, y) if y < head else (BODY, y - head)


def _wrap(sections: Sequence[Rows], width: int) -> None:
    for rows in sections:
        rows.resize(width)
