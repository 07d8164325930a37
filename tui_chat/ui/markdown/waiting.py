"""Links used before their definition: which blocks wait for which label, and the way back."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Final, NamedTuple

from markdown_it.common.utils import normalizeReference

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tui_chat.ui.markdown.layout_items import Text
    from tui_chat.ui.markdown.styled_text import Run
    from tui_chat.ui.markdown.table import Table
    from tui_chat.ui.markdown.table_rows import Row

_LABEL: Final = re.compile(r"\[(?!\^)((?:[^\[\]\\]|\\.){1,300})\]", re.DOTALL)
_MOST_LABELS: Final = 64
"""Labels of one block that are waited for."""


class Waiting(ABC):
    """A block whose text may hold links that are not defined yet."""

    item: int
    """Its first item."""

    @abstractmethod
    def resolve(self) -> object:
        """Look for links again; return what `undo` needs, None when nothing has changed."""

    @abstractmethod
    def undo(self, before: object) -> None:
        """Come back to what was shown before."""


class WaitingText(Waiting):
    """A paragraph or heading."""

    def __init__(self, item: int, items: list[Text], read: Callable[[], list[Run]]) -> None:
        self.item = item
        self._items = items
        self._runs = [text.run for text in items]
        self._read = read

    def resolve(self) -> list[Run] | None:
        """Look for links again, in lines that are still as they were read."""
        runs, before = self._read(), self._runs
        is_kept = all(text.run is run for text, run in zip(self._items, before, strict=True))
        if not is_kept or len(runs) != len(before) or runs == before:
            return None
        self._show(runs)
        return before

    def undo(self, before: object) -> None:
        """Show the lines before."""
        if isinstance(before, list):
            self._show(before)

    def _show(self, runs: list[Run]) -> None:
        self._runs = runs
        for text, run in zip(self._items, runs, strict=True):
            text.replace(run)


class WaitingRow(Waiting):
    """A row of a table."""

    def __init__(self, item: int, table: Table, index: int, read: Callable[[], Row]) -> None:
        self.item = item
        self._table = table
        self._index = index
        self._read = read

    def resolve(self) -> Row | None:
        """Look for links again."""
        row, before = self._read(), self._table.row(self._index)
        if row == before:
            return None
        self._table.replace(self._index, row)
        return before

    def undo(self, before: object) -> None:
        """Show the row before."""
        if isinstance(before, tuple):
            self._table.replace(self._index, before)


class _Change(NamedTuple):
    """A block that was shown otherwise, and how."""

    block: Waiting
    before: object


class WaitingList:
    """All blocks that wait, by label, in the order in which they came."""

    def __init__(self) -> None:
        self._by_label: dict[str, list[Waiting]] = {}
        self._added: list[str] = []
        self._changes: list[_Change] = []

    def add(self, source: str, block: Waiting, known: dict[str, dict[str, str]]) -> None:
        """Have a block wait for the labels in its source that are not known."""
        labels = dict.fromkeys(normalizeReference(found[1]) for found in _LABEL.finditer(source))
        for label in list(labels)[:_MOST_LABELS]:
            if label and label not in known:
                self._by_label.setdefault(label, []).append(block)
                self._added.append(label)

    def resolve(self, label: str) -> Iterator[int]:
        """Show the links of a label that was defined; yield the items that have changed."""
        for block in self._by_label.get(label, ()):
            before = block.resolve()
            if before is not None:
                self._changes.append(_Change(block, before))
                yield block.item

    def mark(self) -> tuple[int, int]:
        """Return what `restore` needs."""
        return len(self._added), len(self._changes)

    def restore(self, mark: tuple[int, int], items: int) -> Iterator[int]:
        """Come back to a moment; yield the items that have changed.

        Args:
            mark: The moment.
            items: How many items there were then; later ones are gone.
        """
        added, changes = mark
        while len(self._changes) > changes:
            change = self._changes.pop()
            if change.block.item < items:
                change.block.undo(change.before)
                yield change.block.item
        while len(self._added) > added:
            self._by_label[self._added.pop()].pop()
