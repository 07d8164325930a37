"""A tree of an object that draws only the rows that are seen, however large it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message as TextualMessage
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui_chat.core.visible import visible_line
from tui_chat.structured.exact import scalar_text
from tui_chat.structured.verdict import path_words
from tui_chat.ui.structured.rows import Row, TreeRows

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rich.style import Style
    from textual import events

    from tui_chat.structured.verdict import Path, ValidationError

_INKS: Final = ("key", "string", "number", "word", "quiet", "draft", "error", "cursor")
_LONGEST: Final = 2_000
"""Characters of a leaf that are looked at for its row."""
_DEEPEST_INDENT: Final = 20


class JsonTree(ScrollView, inherit_bindings=False):
    """Shows an object; it may still be growing.

    Attributes:
        nodes: The rows.
        cursor: The row that the keys work on; -1 where there are no keys.
    """

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"tree--{ink}" for ink in _INKS}

    DEFAULT_CSS = """
    JsonTree {
        height: auto;
        overflow-x: hidden;
        overflow-y: auto;
        scrollbar-size: 0 1;
        scrollbar-color: $foreground 25%;
        scrollbar-color-hover: $foreground 40%;
        scrollbar-color-active: $foreground 40%;
        scrollbar-background: $background;
        scrollbar-background-hover: $background;
        scrollbar-background-active: $background;
        & > .tree--key { color: $text-primary; }
        & > .tree--string { color: $text-success; }
        & > .tree--number { color: $text-warning; }
        & > .tree--word { color: $text-accent; }
        & > .tree--quiet { color: $foreground 60%; }
        & > .tree--draft { color: $foreground 60%; text-style: italic; }
        & > .tree--error { color: $text-error; }
        & > .tree--cursor { background: $primary 25%; text-style: bold; }
    }
    """

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self.nodes = TreeRows()
        self.cursor = -1
        self._draft: Path | None = None
        self._errors: dict[Path, list[str]] = {}
        self._styles: dict[str, Style] = {}

    def show(
        self,
        value: Any,
        *,
        draft: Path | None = None,
        errors: Iterable[ValidationError] = (),
        open_depth: int | None = None,
    ) -> None:
        """Show a whole object.

        Args:
            value: The object, or any value of JSON.
            draft: The node that was being written when it was cut off.
            errors: What the schema does not allow, each on its node.
            open_depth: Down to which level nodes are open at first; None: as before.
        """
        self._draft = draft
        self._errors = {}
        for error in errors:
            self._errors.setdefault(error.path, []).append(error.words)
        self.nodes.show(value, open_depth=open_depth)
        self._changed()

    def grow(self, value: Any, draft: Path | None) -> None:
        """Show more of the same object.

        Args:
            value: As far as it has come.
            draft: The node that is still being written.
        """
        follows = self.scroll_y >= self.max_scroll_y - 1
        self._draft = draft
        self.nodes.grow(value)
        self._changed()
        if follows:
            self.scroll_to(y=self.max_scroll_y, animate=False, force=True)

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
        return strip.apply_style(self._style("cursor")) if index == self.cursor else strip

    def _segments(self, row: Row, width: int) -> list[Segment]:
        indent = "  " * min(row.depth, _DEEPEST_INDENT)
        arrow = ("▾ " if row.is_open else "▸ ") if row.is_branch else "  "
        segments = [Segment(indent, self._style("")), Segment(arrow, self._style("quiet"))]
        if row.hidden:
            words = f"… {row.hidden:,} more"
            return [*segments, Segment(words, self._style("quiet"))]
        name = row.path[-1] if row.path else None
        if isinstance(name, str):
            segments.append(Segment(visible_line(name, 60) or '""', self._style("key")))
            segments.append(Segment("  ", self._style("")))
        elif name is not None:
            segments.append(Segment(f"{name}  ", self._style("quiet")))
        errors = self._errors_of(row)
        used = sum(cell_len(segment.text) for segment in segments)
        room = max(8, width - used - (min(width // 2, cell_len(errors) + 3) if errors else 0))
        text, ink = _leaf(row.value)
        if row.path == self._draft and self._draft is not None:
            text, ink = (text[:-1] if text.endswith('"') else text) + "…", "draft"
        segments.append(Segment(_fitted(text, room), self._style(ink)))
        if errors:
            used = sum(cell_len(segment.text) for segment in segments)
            segments.append(Segment("  ", self._style("")))
            segments.append(Segment(_fitted(f"✗ {errors}", width - used - 2), self._style("error")))
        return segments

    def _errors_of(self, row: Row) -> str:
        """Return what is wrong with a node, or how much is wrong below one that is folded."""
        words = self._errors.get(row.path, [])
        if words or row.is_open or not row.is_branch:
            return visible_line("; ".join(words), 300)
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
            style = self._styles[ink] = self.get_visual_style(*names).rich_style
        return style


class NodeTree(JsonTree, can_focus=True):
    """A tree with a cursor and keys."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "step(-1)", "up", id="tree.up", tooltip="The row above"),
        Binding("down,j", "step(1)", "down", id="tree.down", tooltip="The row below"),
        Binding("pageup", "page(-1)", "page up", id="tree.page_up", tooltip="A page up"),
        Binding("pagedown", "page(1)", "page down", id="tree.page_down", tooltip="A page down"),
        Binding("g,home", "go(0)", "first", id="tree.first", tooltip="The first row"),
        Binding("G,end", "go(-1)", "last", id="tree.last", tooltip="The last row"),
        Binding("enter,space", "fold", "fold", id="tree.fold", tooltip="Fold or open the node"),
        Binding("left,h", "out", "fold", id="tree.out", tooltip="Fold, or go to the node above"),
        Binding("right,l", "in", "open", id="tree.in", tooltip="Open, or go to the first below"),
    ]

    class Moved(TextualMessage):
        """The cursor stands on another node."""

    @property
    def row(self) -> Row | None:
        """The row of the cursor."""
        rows = self.nodes.rows
        return rows[self.cursor] if 0 <= self.cursor < len(rows) else None

    def go_to(self, path: Path) -> bool:
        """Put the cursor on a node, opening what is above it; say whether there is one."""
        index = self.nodes.reveal(path)
        if index is None:
            return False
        self._changed()
        self.action_go(index)
        return True

    def action_go(self, index: int) -> None:
        """Put the cursor on a row; -1 is the last one."""
        count = len(self.nodes.rows)
        if not count:
            return
        self.cursor = index % count if index < 0 else min(index, count - 1)
        top, height = self.scroll_offset.y, max(1, self.size.height)
        if not top <= self.cursor < top + height:
            above = self.cursor if self.cursor < top else self.cursor - height + 1
            self.scroll_to(y=above, animate=False, force=True)
        self.refresh()
        self.post_message(self.Moved())

    def action_step(self, step: int) -> None:
        """Move the cursor by a row."""
        self.action_go(max(0, min(len(self.nodes.rows) - 1, self.cursor + step)))

    def action_page(self, step: int) -> None:
        """Move the cursor by a page."""
        self.action_step(step * max(1, self.size.height - 1))

    def action_fold(self) -> None:
        """Fold or open the node, or show more of what is hidden."""
        row = self.row
        if row is not None and self.nodes.toggle(row.path):
            self._changed()
            self.action_go(self.cursor)

    def action_out(self) -> None:
        """Fold the node; a folded one or a leaf: go to the node above."""
        row = self.row
        if row is None:
            return
        if row.is_open:
            self.action_fold()
        elif row.path:
            self.go_to(row.path[:-1])

    def action_in(self) -> None:
        """Open the node; an open one: go to the first below."""
        row = self.row
        if row is None or not row.is_branch:
            return
        if row.is_open:
            self.action_step(1)
        else:
            self.action_fold()

    def on_click(self, event: events.Click) -> None:
        """Put the cursor where it was clicked; fold what was clicked twice."""
        index = int(event.y) + self.scroll_offset.y
        if index == self.cursor:
            self.action_fold()
        elif index < len(self.nodes.rows):
            self.action_go(index)


def row_words(row: Row) -> str:
    """Return where a row is, for a person; empty for the root."""
    return visible_line(path_words(row.path), 200)


def _leaf(value: Any) -> tuple[str, str]:
    """Return the text of a node in its own row, and its ink."""
    if isinstance(value, dict):
        return (f"{{{len(value)}}}" if value else "{}", "quiet")
    if isinstance(value, list):
        return (f"[{len(value)}]" if value else "[]", "quiet")
    if isinstance(value, str):
        text = value if len(value) <= _LONGEST else value[:_LONGEST]
        return visible_line(scalar_text(text), _LONGEST), "string"
    if value is None or isinstance(value, bool):
        return scalar_text(value), "word"
    return visible_line(scalar_text(value), _LONGEST), "number"


def _fitted(text: str, room: int) -> str:
    if cell_len(text) <= room:
        return text
    return set_cell_size(text, max(1, room) - 1).rstrip() + "…" if room > 1 else "…"


def error_paths(errors: Mapping[Path, object]) -> list[Path]:
    """Return where something is wrong, in an order to walk through."""
    return sorted(errors, key=lambda path: tuple(str(step).zfill(12) for step in path))
