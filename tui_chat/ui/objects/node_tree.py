"""A tree view with a cursor and keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message as TextualMessage

from tui_chat.core.labels import N_
from tui_chat.ui.objects.json_tree import JsonTree, indent_of
from tui_chat.ui.objects.tree_rows import has_child

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual import events

    from tui_chat.structured.verdict import Path, ValidationError
    from tui_chat.ui.objects.tree_rows import Row


class NodeTree(JsonTree, can_focus=True):
    """A tree with a cursor and keys."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "step(-1)", N_("up"), id="tree.up", tooltip=N_("Up one row")),
        Binding("down,j", "step(1)", N_("down"), id="tree.down", tooltip=N_("Down one row")),
        Binding("pageup", "page(-1)", N_("page up"), id="tree.page_up", tooltip=N_("Up one page")),
        Binding(
            "pagedown", "page(1)", N_("page down"), id="tree.page_down", tooltip=N_("Down one page")
        ),
        Binding("g,home", "go(0)", N_("first"), id="tree.first", tooltip=N_("First row")),
        Binding("G,end", "go(-1)", N_("last"), id="tree.last", tooltip=N_("Last row")),
        Binding(
            "enter,space", "fold", N_("fold"), id="tree.fold", tooltip=N_("Fold or unfold the node")
        ),
        Binding(
            "left,h", "out", N_("fold"), id="tree.out", tooltip=N_("Fold, or go to the parent")
        ),
        Binding(
            "right,l",
            "in",
            N_("unfold"),
            id="tree.in",
            tooltip=N_("Unfold, or go to the first child"),
        ),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._height = 0

    class Moved(TextualMessage):
        """The cursor has moved to another node."""

    @property
    def row(self) -> Row | None:
        """The row of the cursor."""
        rows = self.nodes.rows
        return rows[self.cursor] if 0 <= self.cursor < len(rows) else None

    def go_to(self, path: Path) -> bool:
        """Select a node and unfold its ancestors; return whether it exists."""
        index = self.nodes.reveal(path)
        if index is None:
            return False
        self._changed()
        self.action_go(index)
        return True

    def action_go(self, index: int) -> None:
        """Select a row; -1 is the last one."""
        count = len(self.nodes.rows)
        if not count:
            return
        self.cursor = index % count if index < 0 else min(index, count - 1)
        self._bring_into_view(self.cursor)
        self.refresh()
        self.post_message(self.Moved())

    def action_step(self, step: int) -> None:
        """Move the cursor by one row."""
        self.action_go(max(0, min(len(self.nodes.rows) - 1, self.cursor + step)))

    def action_page(self, step: int) -> None:
        """Move the cursor by one page."""
        self.action_step(step * max(1, self.size.height - 1))

    def action_fold(self) -> None:
        """Fold or unfold the node, or show more hidden children."""
        row = self.row
        if row is not None and self.nodes.toggle(row.path):
            self._changed()
            self.action_go(self.cursor)

    def action_out(self) -> None:
        """Fold the node; from a folded node or a scalar go to the parent."""
        row = self.row
        if row is None:
            return
        if row.is_open:
            self.action_fold()
        elif row.path:
            self.go_to(row.path[:-1])

    def action_in(self) -> None:
        """Unfold the node; from an open node go to the first child."""
        row = self.row
        if row is None or not row.is_branch:
            return
        if row.is_open:
            self.action_step(1)
        else:
            self.action_fold()

    def on_click(self, event: events.Click) -> None:
        """Select the clicked row; fold it when it was selected already, or at its arrow."""
        # The base class would fold any clicked node.
        event.prevent_default()
        index = int(event.y) + self.scroll_offset.y
        if not 0 <= index < len(self.nodes.rows):
            return
        was = self.cursor
        self.action_go(index)
        if index == was or self._is_on_arrow(index, int(event.x)):
            self.action_fold()

    def grow(self, value: Any, open_path: Path | None) -> None:
        """Update a streaming object; a cursor in the last row stays in the last row."""
        is_last = self._follows()
        super().grow(value, open_path)
        if is_last:
            self.action_go(-1)

    def _bring_into_view(self, index: int) -> None:
        height = max(1, self.size.height)
        if not self._is_visible(index, height):
            above = index if index < self.scroll_offset.y else index - height + 1
            self.scroll_to(y=above, animate=False, force=True)

    def _is_on_arrow(self, index: int, x: int) -> bool:
        row = self.nodes.rows[index]
        return row.is_branch and 0 <= x - indent_of(row) < len("▾ ")

    def on_resize(self, event: events.Resize) -> None:
        """Keep the cursor visible if it was."""
        if self._is_visible(self.cursor, self._height):
            self._bring_into_view(self.cursor)
        self._height = self.size.height

    def _follows(self) -> bool:
        if self.cursor < 0:
            return True
        is_last = self.cursor >= len(self.nodes.rows) - 1
        return is_last and self._is_visible(self.cursor, max(1, self.size.height))

    def _is_visible(self, index: int, height: int) -> bool:
        """Return whether a row is visible at a height."""
        return self.scroll_offset.y <= index < self.scroll_offset.y + height


def error_paths(value: Any, errors: Iterable[ValidationError]) -> list[Path]:
    """Return the paths of errors in tree order."""
    paths = dict.fromkeys(error.path for error in errors)
    return sorted(paths, key=lambda path: _child_indices(value, path))


def _child_indices(node: Any, path: Path) -> list[int]:
    """Return the index of the child at each step of a path, as far as it exists."""
    indices: list[int] = []
    for step in path:
        if not has_child(node, step):
            break
        indices.append(list(node).index(step) if isinstance(node, dict) else int(step))
        node = node[step]
    return indices
