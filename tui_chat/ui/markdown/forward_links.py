"""Resolves links used before their definition, with rollback."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Final, NamedTuple

from markdown_it.common.utils import normalizeReference

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tui_chat.ui.markdown.layout_items import Text
    from tui_chat.ui.markdown.styled_text import LogicalLine
    from tui_chat.ui.markdown.table import Table
    from tui_chat.ui.markdown.table_rows import Row

_LABEL: Final = re.compile(r"\[(?!\^)((?:[^\[\]\\]|\\.){1,300})\]", re.DOTALL)
_MOST_LABELS: Final = 64
"""Maximum number of unresolved labels per block."""


class BlockWithLinks(ABC):
    """A block with links that may not be defined yet."""

    item: int
    """Index of its first item."""

    @abstractmethod
    def resolve(self) -> object:
        """Parse links again; return the state for `undo`, None when nothing has changed."""

    @abstractmethod
    def undo(self, before: object) -> None:
        """Restore the previous text."""


class PieceOfText(NamedTuple):
    """One piece of the text of an item."""

    text: Text
    position: int


class TextWithLinks(BlockWithLinks):
    """A paragraph, a heading, or a piece of a long paragraph."""

    def __init__(
        self, item: int, pieces: list[PieceOfText], read: Callable[[], list[LogicalLine]]
    ) -> None:
        self.item = item
        self._pieces = pieces
        self._read = read

    def resolve(self) -> list[LogicalLine] | None:
        """Parse links again."""
        lines = self._read()
        before = [text.pieces[position] for text, position in self._pieces]
        if len(lines) != len(before) or lines == before:
            return None
        self._show(lines)
        return before

    def undo(self, before: object) -> None:
        """Restore the previous lines."""
        if isinstance(before, list):
            self._show(before)

    def _show(self, lines: list[LogicalLine]) -> None:
        for (text, position), line in zip(self._pieces, lines, strict=True):
            text.replace(position, line)


class RowWithLinks(BlockWithLinks):
    """A row of a table."""

    def __init__(self, item: int, table: Table, index: int, read: Callable[[], Row]) -> None:
        self.item = item
        self._table = table
        self._index = index
        self._read = read

    def resolve(self) -> Row | None:
        """Parse links again."""
        row, before = self._read(), self._table.row(self._index)
        if row == before:
            return None
        self._table.replace(self._index, row)
        return before

    def undo(self, before: object) -> None:
        """Restore the previous row."""
        if isinstance(before, tuple):
            self._table.replace(self._index, before)


class _Change(NamedTuple):
    """A changed block and its previous state."""

    block: BlockWithLinks
    before: object


class ForwardLinks:
    """The blocks with unresolved links, by label, in order."""

    def __init__(self) -> None:
        self._by_label: dict[str, list[BlockWithLinks]] = {}
        self._added: list[str] = []
        self._changes: list[_Change] = []

    def add(self, source: str, block: BlockWithLinks, known: dict[str, dict[str, str]]) -> None:
        """Register a block for the undefined labels in its source."""
        labels = dict.fromkeys(normalizeReference(found[1]) for found in _LABEL.finditer(source))
        for label in list(labels)[:_MOST_LABELS]:
            if label and label not in known:
                self._by_label.setdefault(label, []).append(block)
                self._added.append(label)

    def resolve(self, label: str) -> Iterator[int]:
        """Resolve the links of a defined label; yield the changed items."""
        for block in self._by_label.get(label, ()):
            before = block.resolve()
            if before is not None:
                self._changes.append(_Change(block, before))
                yield block.item

    def snapshot(self) -> tuple[int, int]:
        """Return the current state, for `restore`."""
        return len(self._added), len(self._changes)

    def restore(self, snapshot: tuple[int, int], items: int) -> Iterator[int]:
        """Roll back to an earlier state; yield the changed items.

        Args:
            snapshot: The state.
            items: The number of items at that time; later ones are gone.
        """
        added, changes = snapshot
        while len(self._changes) > changes:
            change = self._changes.pop()
            if change.block.item < items:
                change.block.undo(change.before)
                yield change.block.item
        while len(self._added) > added:
            self._by_label[self._added.pop()].pop()
