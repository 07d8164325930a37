"""A tree of an object with a cursor and keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message as TextualMessage

from tui_chat.ui.objects.json_tree import JsonTree, indent_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual import events

    from tui_chat.structured.verdict import Path, ValidationError
    from tui_chat.ui.objects.tree_rows import Row


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

    def __init__(self) -> None:
        super().__init__()
        self._height = 0

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
        self._bring_into_view(self.cursor)
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
        """Put the cursor where it was clicked; fold what was clicked twice, or at its arrow."""
        # The tree without a cursor would fold whatever is clicked.
        event.prevent_default()
        index = int(event.y) + self.scroll_offset.y
        if not 0 <= index < len(self.nodes.rows):
            return
        was = self.cursor
        self.action_go(index)
        if index == was or self._is_on_arrow(index, int(event.x)):
            self.action_fold()

    def grow(self, value: Any, open_path: Path | None) -> None:
        """Show more of the same object; a cursor in the last row stays there, at the end."""
        is_last = self._follows()
        super().grow(value, open_path)
        if is_last:
            self.action_go(-1)

    def _bring_into_view(self, index: int) -> None:
        height = max(1, self.size.height)
        if not self._is_seen(index, height):
            above = index if index < self.scroll_offset.y else index - height + 1
            self.scroll_to(y=above, animate=False, force=True)

    def _is_on_arrow(self, index: int, x: int) -> bool:
        row = self.nodes.rows[index]
        return row.is_branch and 0 <= x - indent_of(row) < len("▾ ")

    def on_resize(self, event: events.Resize) -> None:
        """Keep the row of the cursor in view when it was."""
        if self._is_seen(self.cursor, self._height):
            self._bring_into_view(self.cursor)
        self._height = self.size.height

    def _follows(self) -> bool:
        if self.cursor < 0:
            return True
        is_last = self.cursor >= len(self.nodes.rows) - 1
        return is_last and self._is_seen(self.cursor, max(1, self.size.height))

    def _is_seen(self, index: int, height: int) -> bool:
        """Say whether a row is among so many that are seen."""
        return self.scroll_offset.y <= index < self.scroll_offset.y + height


def error_paths(value: Any, errors: Iterable[ValidationError]) -> list[Path]:
    """Return where something is wrong, from the top of the tree down.

    Args:
        value: The object.
        errors: What is wrong in it.
    """
    paths = dict.fromkeys(error.path for error in errors)
    return sorted(paths, key=lambda path: _place(value, path))


def _place(node: Any, path: Path) -> list[int]:
    """Return which child each step of a path leads to."""
    place: list[int] = []
    for step in path:
        if isinstance(node, dict) and step in node:
            place.append(list(node).index(step))
            node = node[step]
        elif isinstance(node, list) and isinstance(step, int) and step < len(node):
            place.append(step)
            node = node[step]
        else:
            break
    return place
