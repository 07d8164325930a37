"""A tree of an object that draws only the rows that are seen, however large it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

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
"""Characters of a leaf that are looked at for its row."""
_REVERSED: Final = Style(reverse=True)
_LONGEST_NAME: Final = 200
_DEEPEST_INDENT: Final = 20


class JsonTree(ScrollView, can_focus=False, inherit_bindings=False):
    """Shows an object; it may still be growing. A click on a node folds or opens it.

    Attributes:
        nodes: The rows.
        cursor: The row that the keys work on; -1 where there are no keys.
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
        /* The terminal's own colours cannot be blended, and may be any. */
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
        """Show a whole object.

        Args:
            value: The object, or any value of JSON.
            open_path: The node that was being written when it was cut off.
            errors: What the schema does not allow, each on its node.
            open_depth: Down to which level nodes are open at first; None: as before.
        """
        self._open_path = open_path
        self._errors = {}
        for error in errors:
            self._errors.setdefault(error.path, []).append(error.message)
        self.nodes.show(value, open_depth=open_depth)
        self._changed()

    def grow(self, value: Any, open_path: Path | None) -> None:
        """Show more of the same object.

        Args:
            value: As far as it has come.
            open_path: The node that is still being written.
        """
        follows = self._follows()
        self._open_path = open_path
        self.nodes.grow(value)
        self._changed()
        if follows:
            self.scroll_to(y=self.max_scroll_y, animate=False, force=True)

    def mark(self, pattern: re.Pattern[str] | None, path: Path | None) -> None:
        """Mark what is looked for.

        Args:
            pattern: It is marked in every row; None: nothing.
            path: The node of the current match, marked more strongly; None: it is elsewhere.
        """
        self._pattern, self._marked = pattern, path
        self.refresh()

    def reveal_mark(self) -> int | None:
        """Open what is above the current match and scroll to it.

        Returns:
            Its row, counted from the first one that is seen; None when it is elsewhere.
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
        """Fold or open the node that was clicked, or show more of what is hidden."""
        index = int(event.y) + self.scroll_offset.y
        if self._is_on_node(index, int(event.x)) and self.nodes.toggle(self.nodes.rows[index].path):
            self._changed()

    def _is_on_node(self, index: int, x: int) -> bool:
        """Say whether a cell belongs to what is written in a row that can be folded or opened."""
        if not 0 <= index < len(self.nodes.rows):
            return False
        row = self.nodes.rows[index]
        segments = self._segments(row, self.scrollable_content_region.width)
        end = sum(cell_len(segment.text) for segment in segments)
        return (row.is_branch or bool(row.hidden)) and indent_of(row) <= x < end

    def _follows(self) -> bool:
        """Say whether the end stays in view while the object grows."""
        return self.scroll_y >= self.max_scroll_y - 1

    def _changed(self) -> None:
        before = self.virtual_size.height
        height = len(self.nodes.rows)
        self.virtual_size = Size(self.scrollable_content_region.width, height)
        # Beyond the height the widget may have, another row changes no layout.
        room = self.size.height
        self.refresh(layout=height != before and (min(height, before) <= room or not room))

    # Layout and painting

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return the rows, which are known before the first layout."""
        return len(self.nodes.rows)

    def on_resize(self, event: events.Resize) -> None:
        """Take the new width over."""
        self.virtual_size = Size(self.scrollable_content_region.width, len(self.nodes.rows))

    def notify_style_update(self) -> None:
        """Forget all colours when the theme changes."""
        self._styles.clear()
        super().notify_style_update()

    def render_line(self, y: int) -> Strip:
        """Paint one row."""
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
        # Over the styles of the row, which have a background too; what is marked keeps its own.
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
            words = f"… {row.hidden:,} more"
            return [*segments, Segment(words, self._style("quiet"))]
        name = row.path[-1] if row.path else None
        errors = self._errors_of(row)
        used = sum(cell_len(segment.text) for segment in segments)
        if isinstance(name, str):
            # A long name leaves room for what it names, and for what is wrong with that.
            room = max(8, (width - used) // (3 if errors else 2))
            key = _fitted(sanitize_line(name, _LONGEST_NAME) or '""', room)
            segments += [*self._inked(key, "key", row), Segment("  ", self._style(""))]
        elif name is not None:
            segments.append(Segment(f"{name}  ", self._style("quiet")))
        used = sum(cell_len(segment.text) for segment in segments)
        room = max(8, width - used - (min(width // 2, cell_len(errors) + 3) if errors else 0))
        text, ink = _leaf(row.value)
        if self._is_draft(row):
            text, ink = (text[:-1] if text.endswith('"') else text) + "…", "draft"
        segments += self._inked(self._fitted_leaf(row, text, room), ink, row)
        if errors:
            used = sum(cell_len(segment.text) for segment in segments)
            segments.append(Segment("  ", self._style("")))
            segments.append(Segment(_fitted(f"✗ {errors}", width - used - 2), self._style("error")))
        return segments

    def _is_draft(self, row: Row) -> bool:
        """Say whether a node is still being written, or something in one that is folded."""
        open_path = self._open_path
        if open_path is None:
            return False
        is_folded = row.is_branch and not row.is_open
        return row.path == open_path or (is_folded and open_path[: row.depth] == row.path)

    def _fitted_leaf(self, row: Row, text: str, room: int) -> str:
        """Return the part of a leaf that is seen: that of the current match, if it is in there."""
        if self._pattern is not None and row.path == self._marked and cell_len(text) > room:
            found = self._pattern.search(text)
            if found is not None and cell_len(text[: found.end()]) >= room:
                text = "…" + text[max(0, found.start() - room // 4) :]
        return _fitted(text, room)

    def _inked(self, text: str, ink: str, row: Row) -> Iterable[Segment]:
        """Yield a text in its colour, with what is looked for marked in it."""
        if self._pattern is None:
            return [Segment(text, self._style(ink))]
        name = "current" if row.path == self._marked else "match"
        marks = [(*found.span(), name) for found in self._pattern.finditer(text)]
        return row_segments(text, ink, 0, len(text), marks, self._style)

    def _errors_of(self, row: Row) -> str:
        """Return what is wrong with a node, or how much is wrong below one that is folded."""
        words = self._errors.get(row.path, [])
        if words or row.is_open or not row.is_branch:
            return sanitize_line(" ".join(words), 300)
        below = sum(
            len(errors)
            for path, errors in self._errors.items()
            if path[: row.depth] == row.path and path != row.path
        )
        return f"{below} below" if below else ""

    def _style(self, ink: str) -> Style:
        style = self._styles.get(ink)
        if style is None:
            names = (f"tree--{ink}",) if ink else ()
            style = self.get_visual_style(*names).rich_style
            if ink and self.get_component_styles(*names).text_style.reverse:
                # Textual drops it on the way (8.2).
                style += _REVERSED
            self._styles[ink] = style
        return style


def _leaf(value: Any) -> tuple[str, str]:
    """Return the text of a node in its own row, and its ink."""
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
    """Return the cells before a row."""
    return 2 * min(row.depth, _DEEPEST_INDENT)


def _fitted(text: str, room: int) -> str:
    if cell_len(text) <= room:
        return text
    return set_cell_size(text, max(1, room) - 1).rstrip() + "…" if room > 1 else "…"
