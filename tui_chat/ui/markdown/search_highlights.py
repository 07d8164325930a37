"""Highlights search matches in the rows of a document when they are painted."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from rich.cells import cell_len
from rich.segment import Segment
from textual.strip import Strip
from textual.style import Style as TextualStyle

from tui_chat.ui.markdown.line_prefixes import BULLETS

if TYPE_CHECKING:
    from rich.style import Style
    from textual.widget import Widget

    from tui_chat.ui.markdown.document import Document

_COLOURS: Final = ("underline on $warning 30%", "bold not underline $background on $warning")
# The colours of the terminal are unknown and cannot be blended.
_ANSI: Final = ("underline", "bold not underline reverse")

# The words of a phrase may be separated by the end of a row and the prefix of the next one.
_ROW_BEGINS: Final = f" ▎{BULLETS}"
_BLANKS: Final = f"[\\s{_ROW_BEGINS}]+"
# The same between wide characters: Chinese text wraps anywhere.
_BREAK: Final = "(?:\n[ ▎]*)?"


class RowHighlighter:
    """Highlights the matches of a search in the rows of one document."""

    def __init__(self, pattern: re.Pattern[str], ordinal: int | None) -> None:
        """Create a highlighter.

        Args:
            pattern: Pattern of the search, for the stored text.
            ordinal: Index of the current match among those of this document, if it has it.
        """
        self._ordinal = ordinal
        self._pattern = _over_rows(pattern)
        self._length = len(pattern.pattern)
        self._located: tuple[tuple[int, int], tuple[int, int] | None] | None = None
        self._styles: tuple[Style, Style] | None = None

    def current_row(self, document: Document) -> int | None:
        """Return the row of the current match; None when it is not here or not visible."""
        position = self._current(document)
        return position[0] if position is not None else None

    def spans(self, document: Document, y: int) -> list[tuple[int, int, bool]]:
        """Return the matches in a row: start, end, whether it is the current one."""
        # A match may begin in a previous row or end in a later one.
        reach = 1 + self._length // max(8, document.width // 2)
        first = max(0, y - reach)
        rows = [document.line(row).text for row in range(first, y + reach + 1)]
        start = sum(len(row) + 1 for row in rows[: y - first])
        end = start + len(rows[y - first])
        text = "\n".join(rows)
        current = self._current(document)
        found = []
        for match in self._pattern.finditer(text):
            left, right = max(match.start(), start), min(match.end(), end)
            while match.start() < start and left < right and text[left] in _ROW_BEGINS:
                left += 1
            if left < right:
                at = match.start()
                line = text.count("\n", 0, at)
                column = at - (text.rfind("\n", 0, at) + 1)
                found.append((left - start, right - start, (first + line, column) == current))
        return found

    def over(self, strip: Strip, document: Document, y: int, widget: Widget) -> Strip:
        """Return a painted row with its matches highlighted."""
        spans = self.spans(document, y)
        if not spans:
            return strip
        plain, strong = self._styles_of(widget)
        text = document.line(y).text
        edges = [cell_len(text[:position]) for span in spans for position in span[:2]]
        segments: list[Segment] = []
        for index, part in enumerate(strip.divide([*edges, strip.cell_length])):
            if index % 2:
                style = strong if spans[index // 2][2] else plain
                segments += [Segment(it.text, (it.style or style) + style) for it in part]
            else:
                segments += part
        return Strip(segments, strip.cell_length)

    def _current(self, document: Document) -> tuple[int, int] | None:
        """Return the row and column of the current match, computed once per layout."""
        if self._ordinal is None:
            return None
        layout = (document.width, document.height)
        if self._located is None or self._located[0] != layout:
            self._located = layout, self._locate(document, self._ordinal)
        return self._located[1]

    def _locate(self, document: Document, ordinal: int) -> tuple[int, int] | None:
        text = "\n".join(document.line(y).text for y in range(document.height))
        starts = [match.start() for match in self._pattern.finditer(text)]
        if not starts:
            return None
        # The displayed text may have fewer matches: link targets are not visible.
        at = starts[min(ordinal, len(starts) - 1)]
        return text.count("\n", 0, at), at - (text.rfind("\n", 0, at) + 1)

    def _styles_of(self, widget: Widget) -> tuple[Style, Style]:
        if self._styles is None:
            base = TextualStyle(background=widget.background_colors[1])
            plain, strong = (
                (base + TextualStyle.parse(words)).rich_style for words in highlight_styles(widget)
            )
            self._styles = plain, strong
        return self._styles


def highlight_styles(widget: Widget) -> tuple[str, str]:
    """Return the styles of a match and of the current match in a widget."""
    return _ANSI if widget.app.native_ansi_color else _COLOURS


def _over_rows(pattern: re.Pattern[str]) -> re.Pattern[str]:
    """Return a pattern that also matches across the ends of rows."""
    parts = []
    for word in pattern.pattern.split(r"\s+"):
        characters = re.findall(r"\\.|.", word, re.DOTALL)
        joined = characters[0]
        for before, after in pairwise(characters):
            is_wide = cell_len(before[-1]) == 2 or cell_len(after[-1]) == 2
            joined += (_BREAK if is_wide else "") + after
        parts.append(joined)
    return re.compile(_BLANKS.join(parts), re.IGNORECASE)
