"""Fits the start page into any size: rows with the number of the entry that each one shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from textual.content import Content

from tui_chat.core.text.sanitize import sanitize_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui_chat.ui.start.start_entries import Section, StartEntry

_QUIET: Final = "$foreground 60%"
_ACCENT: Final = "$text-accent"
_WIDEST: Final = 72
"""The widest row in cells, so that a detail stays near its label."""
_DIGITS: Final = 9


@dataclass(frozen=True, slots=True)
class StartTexts:
    """Everything that the page shows."""

    name: str
    model: str
    """One line about the model that will answer."""
    sections: tuple[Section, ...] = ()
    keys: str = ""
    keys_inside: str = ""
    """The keys while the page has the focus."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the page."""

    content: Content
    entry: int | None = None
    """The index of the entry that a click on it chooses."""


@dataclass(frozen=True, slots=True)
class _Variant:
    """The most entries of each section, and whether blank rows and the keys are shown."""

    entries: tuple[int, ...]
    has_blanks: bool = True
    has_keys: bool = True


_VARIANTS: Final = (
    _Variant((5, 4, 3)),
    _Variant((4, 3, 3)),
    _Variant((4, 3, 3), has_blanks=False),
    _Variant((3, 2, 3), has_blanks=False),
    _Variant((3, 2, 1), has_blanks=False, has_keys=False),
    _Variant((3, 2, 0), has_blanks=False, has_keys=False),
    _Variant((2, 1, 0), has_blanks=False, has_keys=False),
)
"""From roomy to tight; the first one that fits is used, else the last one."""


class StartLayout:
    """The rows of the page for one size.

    Attributes:
        entries: The entries that are shown, in the order of their digits.
    """

    def __init__(self, texts: StartTexts, width: int, height: int) -> None:
        self._texts = texts
        self._width = max(1, min(width, _WIDEST))
        self._height = height
        self._model = Content.styled(texts.model, _QUIET).wrap(max(1, width))
        self._variant = next(
            (it for it in _VARIANTS if self._row_count(it) <= height), _VARIANTS[-1]
        )
        self.entries: list[StartEntry] = [
            entry
            for section, count in zip(texts.sections, self._variant.entries, strict=False)
            for entry in section.entries[:count]
        ]

    def rows(self, highlighted: int | None) -> list[Row]:
        """Return at most as many rows as fit, with the highlighted entry among them.

        Args:
            highlighted: The index of an entry; None while the page has no focus.
        """
        rows = self._head()
        number = 0
        for section, count in zip(self._texts.sections, self._variant.entries, strict=False):
            shown = section.entries[:count]
            if shown:
                rows += [*self._blank(), Row(self._cut(Content.styled(section.heading, "bold")))]
            for entry in shown:
                rows.append(Row(self._entry(entry, number, number == highlighted), number))
                number += 1
        if self._variant.has_keys:
            keys = self._texts.keys if highlighted is None else self._texts.keys_inside
            rows += [*self._blank(), Row(self._cut(Content.styled(keys, _QUIET)))]
        return rows[self._offset(rows, highlighted) :][: self._height]

    def _offset(self, rows: Sequence[Row], highlighted: int | None) -> int:
        at = next((n for n, row in enumerate(rows) if row.entry == highlighted), 0)
        return 0 if highlighted is None else max(0, at - self._height + 1)

    def _row_count(self, variant: _Variant) -> int:
        blank = int(variant.has_blanks)
        rows = len(self._head(variant))
        for section, count in zip(self._texts.sections, variant.entries, strict=False):
            if shown := len(section.entries[:count]):
                rows += blank + 1 + shown
        return rows + (blank + 1 if variant.has_keys else 0)

    def _head(self, variant: _Variant | None = None) -> list[Row]:
        name = self._cut(Content.styled(self._texts.name, f"bold {_ACCENT}"))
        rows = [*self._blank(variant), Row(name)]
        return rows + [Row(line) for line in self._model if line.plain.strip()]

    def _blank(self, variant: _Variant | None = None) -> list[Row]:
        return [Row(Content(""))] if (variant or self._variant).has_blanks else []

    def _entry(self, entry: StartEntry, number: int, is_highlighted: bool) -> Content:
        digit = str(number + 1) if number < _DIGITS else " "
        mark = ("▸ ", f"bold {_ACCENT}") if is_highlighted else "  "
        label = Content.styled(sanitize_line(entry.label, 200), "bold" if is_highlighted else "")
        detail = Content.styled(sanitize_line(entry.detail, 200), _QUIET)
        start = Content.assemble(mark, (digit, _ACCENT), "  ")
        room = self._width - start.cell_length
        # The detail goes first where both do not fit.
        if label.cell_length + 2 + detail.cell_length > room:
            detail = detail.truncate(max(0, room - label.cell_length - 2), ellipsis=True)
            label = label.truncate(max(1, room), ellipsis=True)
        if detail.cell_length < 2:
            return Content.assemble(start, label)
        gap = " " * (room - label.cell_length - detail.cell_length)
        return Content.assemble(start, label, gap, detail)

    def _cut(self, content: Content) -> Content:
        return content.truncate(self._width, ellipsis=True)
