"""Rows of a tree for an object, updated incrementally; independent of Textual."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from tui_chat.structured.verdict import Path

MOST_CHILDREN: Final = 1_000
"""Initial limit for the children of a node; a last row represents the hidden ones."""


class Row(NamedTuple):
    """A node of the tree, or a placeholder for hidden children."""

    path: Path
    value: Any
    """The value of the node."""
    is_open: bool = False
    hidden: int = 0
    """Number of hidden children; 0 for a node."""

    @property
    def depth(self) -> int:
        """Number of ancestors."""
        return len(self.path)

    @property
    def is_branch(self) -> bool:
        """True for a node that can be folded: a non-empty object or list."""
        return isinstance(self.value, dict | list) and bool(self.value) and not self.hidden


class TreeRows:
    """The rows of an object.

    A streaming object only grows at its end, so all rows before the open node stay valid: an update
    takes time proportional to the new part.

    Attributes:
        rows: In document order.
    """

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self._value: Any = None
        self._toggled: set[Path] = set()
        self._limits: dict[Path, int] = {}
        self._open_depth = 1_000_000
        self._branches: dict[Path, int] = {}
        # The path to the last row: for each open node on it, the step and index of the child.
        self._chain: list[tuple[str | int, int]] = []

    @property
    def value(self) -> Any:
        """The object."""
        return self._value

    def show(self, value: Any, *, open_depth: int | None = None) -> None:
        """Replace the object; folded nodes stay folded.

        Args:
            value: The object.
            open_depth: Depth up to which nodes are open initially; None keeps the last one.
        """
        if open_depth is not None:
            self._open_depth = open_depth
        self._value = value
        self._build()

    def grow(self, value: Any) -> int:
        """Update the object after more of it has arrived; return the first new row."""
        nodes = self._nodes_on_chain(value)
        if not self.rows or nodes is None:
            self.show(value)
            return 0
        self._value = value
        if not self._chain:
            self._build()
            return 0
        cut = self._first_stale()
        del self.rows[cut:]
        path = tuple(step for step, _ in self._chain[:-1])
        for level in range(len(self._chain) - 1, -1, -1):
            done = self._chain[level][1] + (level < len(self._chain) - 1)
            self._add_children(nodes[level], path[:level], max(0, done))
        for level in range(len(self._chain)):
            index = self._branches[path[:level]]
            self.rows[index] = self.rows[index]._replace(value=nodes[level])
        self._find_chain()
        return cut

    def toggle(self, path: Path) -> bool:
        """Fold or unfold a node, or show more children; return whether anything changed."""
        row = next((row for row in self.rows if row.path == path), None)
        if row is None:
            return False
        if row.hidden:
            parent = path[:-1]
            self._limits[parent] = self._limit(parent) + 10 * MOST_CHILDREN
        elif row.is_branch:
            self._toggled ^= {path}
        else:
            return False
        self._build()
        return True

    def reveal(self, path: Path) -> int | None:
        """Unfold the ancestors of a node and return its row; None if there is no such node."""
        node = self._value
        for level, step in enumerate(path):
            if not has_child(node, step):
                return None
            above = path[:level]
            if not self._is_open(above):
                self._toggled ^= {above}
            if isinstance(step, int):
                self._limits[above] = max(self._limit(above), step + 1)
            elif isinstance(node, dict):
                self._limits[above] = max(self._limit(above), list(node).index(step) + 1)
            node = _child(node, step)
        self._build()
        return next((i for i, row in enumerate(self.rows) if row.path == path), None)

    # Building

    def _build(self) -> None:
        self.rows = []
        self._branches = {}
        self._add(self._value, ())
        self._find_chain()

    def _add(self, node: Any, path: Path) -> None:
        """Append the row of a node and of its descendants."""
        if not isinstance(node, dict | list) or not node:
            self.rows.append(Row(path, node))
            return
        is_open = self._is_open(path)
        self._branches[path] = len(self.rows)
        self.rows.append(Row(path, node, is_open))
        if is_open:
            self._add_children(node, path, 0)

    def _add_children(self, node: Any, path: Path, first: int) -> None:
        limit = self._limit(path)
        pairs = node.items() if isinstance(node, dict) else enumerate(node)
        for step, child in islice(pairs, first, limit):
            self._add(child, (*path, step))
        if len(node) > limit:
            self.rows.append(Row((*path, _MORE), None, hidden=len(node) - limit))

    def _is_open(self, path: Path) -> bool:
        return (path in self._toggled) != (len(path) < self._open_depth)

    def _limit(self, path: Path) -> int:
        return self._limits.get(path, MOST_CHILDREN)

    # Growing

    def _find_chain(self) -> None:
        """Record the path to the last row."""
        self._chain = []
        node: Any = self._value
        path: Path = ()
        while isinstance(node, dict | list) and node and self._is_open(path):
            if len(node) > self._limit(path):
                # New children are only counted in the placeholder.
                self._chain.append((_MORE, self._limit(path)))
                return
            step = len(node) - 1 if isinstance(node, list) else next(reversed(node))
            self._chain.append((step, len(node) - 1))
            node, path = node[step], (*path, step)

    def _nodes_on_chain(self, value: Any) -> list[Any] | None:
        """Return the current values of the open nodes on the recorded path; None if it is gone."""
        nodes = []
        for step, index in self._chain:
            if not isinstance(value, dict | list) or len(value) <= index:
                return None
            nodes.append(value)
            if step != _MORE:
                if not has_child(value, step):
                    return None
                value = _child(value, step)
        return nodes

    def _first_stale(self) -> int:
        """Return the first row that may have changed: that of the last child."""
        path = tuple(step for step, _ in self._chain)
        return self._branches.get(path, len(self.rows) - 1)


_MORE: Final = "\0more"
"""The last step in the path of a placeholder; NUL makes a collision with a key unlikely."""


def _child(node: Any, step: str | int) -> Any:
    return node[step]


def has_child(node: Any, step: str | int) -> bool:
    """Return whether an object has a key, or a list an index."""
    if isinstance(node, dict):
        return step in node
    return isinstance(node, list) and isinstance(step, int) and step < len(node)
