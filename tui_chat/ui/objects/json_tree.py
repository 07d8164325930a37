"""A virtualized tree view of an object: only visible rows are rendered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui_chat.core.labels import join_sentences, ngettext
from tui_chat.core.text.sanitize import sanitize_line
from tui_chat.structured.lossless_json import scalar_text
from tui_chat.ui.objects.tree_rows import Row, TreeRows
from tui_chat.ui.text_view.line_paint import row_segments
from tui_chat.ui.theme import SCROLL_BAR

if TYPE_CHECKING:
    import re
    from collections.abc import Iterable

    from textual import events

    from tui_chat.structured.verdict import Path, ValidationError

_INKS: Final = (
    "key", "string", "number", "word", "quiet", "draft", "error", "cursor", "match", "current",
)  # fmt: skip
_LONGEST: Final = 2_000
"""Characters of a scalar that are considered for its row."""
_REVERSED: Final = Style(reverse=True)
_LONGEST_NAME: Final = 200
_DEEPEST_INDENT: Final = 20


class JsonTree(ScrollView, can_focus=False, inherit_bindings=False):
    """Shows an object, which may still be growing. A click folds or unfolds a node.

    Attributes:
        nodes: The rows.
        cursor: The selected row; -1 without a cursor.
    """

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"tree--{ink}" for ink in _INKS}

    DEFAULT_CSS = (
        f"JsonTree {{{SCROLL_BAR}}}"
        + """
    JsonTree {
        height: auto;
        overflow-x: hidden;
        overflow-y: auto;
        scrollbar-size-horizontal: 0;
        & > .tree--key { color: $text-primary; }
        & > .tree--string { color: $text-success; }
        & > .tree--number { color: $text-warning; }
        & > .tree--word { color: $text-accent; }
        & > .tree--quiet { color: $foreground 60%; }
        & > .tree--draft { color: $foreground 60%; text-style: italic; }
        & > .tree--error { color: $text-error; }
        & > .tree--cursor { background: $primary 25%; text-style: bold; }
        & > .tree--match { background: $warning 25%; text-style: underline; }
        & > .tree--current { background: $warning; color: $background; text-style: bold; }
        /* ANSI colours cannot be blended, and are unknown. */
        &:ansi > .tree--cursor { text-style: bold reverse; }
        &:ansi > .tree--match { background: ansi_default; }
        &:ansi > .tree--current { color: ansi_default; background: ansi_default; }
        &:ansi > .tree--current { text-style: bold reverse; }
    }
    """
    )

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self.nodes = TreeRows()
        self.cursor = -1
        self._open_path: Path | None = None
        self._errors: dict[Path, list[str]] = {}
        self._styles: dict[str, Style] = {}
        self._pattern: re.Pattern[str] | None = None
        self._marked: Path | None = None

    def show(
        self,
        value: Any,
        *,
        open_path: Path | None = None,
        errors: Iterable[ValidationError] = (),
        open_depth: int | None = None,
    ) -> None:
        """Show a complete object.

        Args:
            value: Any JSON value.
            open_path: Path of the node that was being written when it was cut off.
            errors: Validation errors, shown on their nodes.
            open_depth: Depth up to which nodes are open initially; None keeps the last one.
        """
        self._open_path = open_path
        self._errors = {}
        for error in errors:
            self._errors.setdefault(error.path, []).append(error.message)
        self.nodes.show(value, open_depth=open_depth)
        self._changed()

    def grow(self, value: Any, open_path: Path | None) -> None:
        """Update a streaming object.

        Args:
            value: The object so far.
            open_path: Path of the node that is being written.
        """
        follows = self._follows()
        self._open_path = open_path
        self.nodes.grow(value)
        self._changed()
        if follows:
            self.scroll_to(y=self.max_scroll_y, animate=False, force=True)

    def mark(self, pattern: re.Pattern[str] | None, path: Path | None) -> None:
        """Highlight search matches.

        Args:
            pattern: The search pattern; None clears the highlights.
            path: Path of the current match; None if it is not in the object.
        """
        self._pattern, self._marked = pattern, path
        self.refresh()

    def reveal_mark(self) -> int | None:
        """Unfold the ancestors of the current match and scroll to it.

        Returns:
            Its row, counted from the first visible one; None if it is not in the object.
        """
        index = self.nodes.reveal(self._marked) if self._marked is not None else None
        if index is None:
            return None
        self._changed()
        top, height = self.scroll_offset.y, max(1, self.size.height)
        if not top <= index < top + height:
            self.scroll_to(y=index - height // 3, animate=False, force=True)
        return index - round(self.scroll_target_y)

    def on_click(self, event: events.Click) -> None:
        """Fold or unfold the clicked node, or show more hidden children."""
        index = int(event.y) + self.scroll_offset.y
        if self._is_on_node(index, int(event.x)) and self.nodes.toggle(self.nodes.rows[index].path):
            self._changed()

    def _is_on_node(self, index: int, x: int) -> bool:
        """Return whether a cell belongs to the content of a foldable row."""
        if not 0 <= index < len(self.nodes.rows):
            return False
        row = self.nodes.rows[index]
        segments = self._segments(row, self.scrollable_content_region.width)
        end = sum(cell_len(segment.text) for segment in segments)
        return (row.is_branch or bool(row.hidden)) and indent_of(row) <= x < end

    def _follows(self) -> bool:
        """Return whether the view follows the end."""
        return self.scroll_y >= self.max_scroll_y - 1

    def _changed(self) -> None:
        before = self.virtual_size.height
        height = len(self.nodes.rows)
        self.virtual_size = Size(self.scrollable_content_region.width, height)
        # At the maximum height of the widget, more rows do not change the layout.
        room = self.size.height
        self.refresh(layout=height != before and (min(height, before) <= room or not room))

    # Layout and painting

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return the number of rows."""
        return len(self.nodes.rows)

    def on_resize(self, event: events.Resize) -> None:
        """Update the virtual width."""
        self.virtual_size = Size(self.scrollable_content_region.width, len(self.nodes.rows))

    def notify_style_update(self) -> None:
        """Clear the cached styles when the theme changes."""
        self._styles.clear()
        super().notify_style_update()

    def render_line(self, y: int) -> Strip:
        """Render one row."""
        width = self.scrollable_content_region.width
        index = y + self.scroll_offset.y
        plain = self._style("")
        if width < 1 or index >= len(self.nodes.rows):
            return Strip.blank(max(0, width), plain)
        strip = Strip(self._segments(self.nodes.rows[index], width)).adjust_cell_length(
            width, plain
        )
        if index != self.cursor:
            return strip
        # Replaces the background of the row, but not that of highlights.
        cursor = self._style("cursor")
        over = Style(bgcolor=cursor.bgcolor, bold=True, reverse=cursor.reverse)
        segments = [
            Segment(it.text, it.style + over)
            if it.style is not None and it.style.bgcolor == plain.bgcolor
            else it
            for it in strip
        ]
        return Strip(segments, width)

    def _segments(self, row: Row, width: int) -> list[Segment]:
        indent = " " * indent_of(row)
        arrow = ("▾ " if row.is_open else "▸ ") if row.is_branch else "  "
        segments = [Segment(indent, self._style("")), Segment(arrow, self._style("quiet"))]
        if row.hidden:
            hidden = ngettext("… {count} more", "… {count} more", row.hidden)
            return [*segments, Segment(hidden, self._style("quiet"))]
        name = row.path[-1] if row.path else None
        errors = self._errors_of(row)
        used = sum(cell_len(segment.text) for segment in segments)
        if isinstance(name, str):
            # A long name leaves room for the value and the errors.
            room = max(8, (width - used) // (3 if errors else 2))
            key = _fitted(sanitize_line(name, _LONGEST_NAME) or '""', room)
            segments += [*self._inked(key, "key", row), Segment("  ", self._style(""))]
        elif name is not None:
            segments.append(Segment(f"{name}  ", self._style("quiet")))
        used = sum(cell_len(segment.text) for segment in segments)
        room = max(8, width - used - (min(width // 2, cell_len(errors) + 3) if errors else 0))
        text, ink = _scalar(row.value)
        if self._is_draft(row):
            text, ink = (text[:-1] if text.endswith('"') else text) + "…", "draft"
        segments += self._inked(self._fitted_scalar(row, text, room), ink, row)
        if errors:
            used = sum(cell_len(segment.text) for segment in segments)
            segments.append(Segment("  ", self._style("")))
            segments.append(Segment(_fitted(f"✗ {errors}", width - used - 2), self._style("error")))
        return segments

    def _is_draft(self, row: Row) -> bool:
        """Return whether a node, or a node inside of a folded one, is being written."""
        open_path = self._open_path
        if open_path is None:
            return False
        is_folded = row.is_branch and not row.is_open
        return row.path == open_path or (is_folded and open_path[: row.depth] == row.path)

    def _fitted_scalar(self, row: Row, text: str, room: int) -> str:
        """Truncate a scalar, so that the current match in it is visible."""
        if self._pattern is not None and row.path == self._marked and cell_len(text) > room:
            found = self._pattern.search(text)
            if found is not None and cell_len(text[: found.end()]) >= room:
                text = "…" + text[max(0, found.start() - room // 4) :]
        return _fitted(text, room)

    def _inked(self, text: str, ink: str, row: Row) -> Iterable[Segment]:
        """Return the segments of a text with its search matches highlighted."""
        if self._pattern is None:
            return [Segment(text, self._style(ink))]
        name = "current" if row.path == self._marked else "match"
        marks = [(*found.span(), name) for found in self._pattern.finditer(text)]
        return row_segments(text, ink, 0, len(text), marks, self._style)

    def _errors_of(self, row: Row) -> str:
        """Return the errors of a node, or their count below a folded node."""
        messages = self._errors.get(row.path, [])
        if messages or row.is_open or not row.is_branch:
            return sanitize_line(join_sentences(*messages), 300)
        below = sum(
            len(errors)
            for path, errors in self._errors.items()
            if path[: row.depth] == row.path and path != row.path
        )
        return ngettext("{count} below", "{count} below", below) if below else ""

    def _style(self, ink: str) -> Style:
        style = self._styles.get(ink)
        if style is None:
            names = (f"tree--{ink}",) if ink else ()
            style = self.get_visual_style(*names).rich_style
            if ink and self.get_component_styles(*names).text_style.reverse:
                # get_visual_style drops it (Textual 8.2).
                style += _REVERSED
            self._styles[ink] = style
        return style


def _scalar(value: Any) -> tuple[str, str]:
    """Return the text of a node and its style name."""
    if isinstance(value, dict):
        return (f"{{{len(value)}}}" if value else "{}", "quiet")
    if isinstance(value, list):
        return (f"[{len(value)}]" if value else "[]", "quiet")
    if isinstance(value, str):
        text = value if len(value) <= _LONGEST else value[:_LONGEST]
        return sanitize_line(scalar_text(text), _LONGEST), "string"
    if value is None or isinstance(value, bool):
        return scalar_text(value), "word"
    return sanitize_line(scalar_text(value), _LONGEST), "number"


def indent_of(row: Row) -> int:
    """Return the indentation of a row in cells."""
    return 2 * min(row.depth, _DEEPEST_INDENT)


def _fitted(text: str, room: int) -> str:
    if cell_len(text) <= room:
        return text
    return set_cell_size(text, max(1, room) - 1).rstrip() + "…" if room > 1 else "…"
