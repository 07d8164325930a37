"""Styled text as plain tuples: a string with its style spans and links."""

from __future__ import annotations

import re
from bisect import bisect_right
from operator import itemgetter
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias, TypeVar

from rich.cells import cell_len

from tui_chat.core.text.sanitize import sanitize

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_T = TypeVar("_T", int, str)

Spans: TypeAlias = tuple[tuple[int, int, int], ...]
"""Style spans (start, end, style id), sorted, without overlaps."""
Links: TypeAlias = tuple[tuple[int, int, str], ...]
"""Link spans (start, end, target), sorted, without overlaps."""

TAB_COLUMNS: Final = 4
_END: Final = itemgetter(1)
_BREAKS: Final = re.compile(r"[\n\u0085\u2028\u2029]")


class Line(NamedTuple):
    """One row of the screen."""

    text: str
    spans: Spans = ()
    links: Links = ()
    fill: int = 0
    """Style id of the rest of the row, after the text."""


class Prefix(NamedTuple):
    """Prefix of a row: quote bars, list markers, indentation."""

    text: str = ""
    spans: Spans = ()
    copied: str = ""
    """Its form in copied text: the Markdown marker, or nothing before code."""

    def __add__(self, other: object) -> Prefix:
        if not isinstance(other, Prefix):
            return NotImplemented
        moved = shifted(other.spans, len(self.text))
        return Prefix(self.text + other.text, self.spans + moved, self.copied + other.copied)

    @property
    def cells(self) -> int:
        """Width, in cells."""
        return cell_len(self.text)


class LogicalLine(NamedTuple):
    """Styled text before wrapping."""

    text: str
    spans: Spans = ()
    links: Links = ()
    sources: Links = ()
    """Formulas (start, end, source): copied text has their source."""

    @classmethod
    def joined(cls, pieces: Sequence[LogicalLine]) -> LogicalLine:
        """Return consecutive pieces as one line."""
        spans: list[tuple[int, int, int]] = []
        links: list[tuple[int, int, str]] = []
        sources: list[tuple[int, int, str]] = []
        offset = 0
        for piece in pieces:
            spans += shifted(piece.spans, offset)
            links += ((start + offset, end + offset, href) for start, end, href in piece.links)
            sources += ((start + offset, end + offset, text) for start, end, text in piece.sources)
            offset += len(piece.text)
        text = "".join(piece.text for piece in pieces)
        return cls(text, tuple(spans), tuple(links), tuple(sources))

    def copied(self, start: int = 0, end: int | None = None) -> str:
        """Return a slice of the text with the source of the formulas in it."""
        end = len(self.text) if end is None else end
        parts: list[str] = []
        for begin, stop, source in _within(self.sources, start, end):
            parts += (self.text[start:begin], source)
            start = stop
        return "".join((*parts, self.text[start:end]))


def shifted(spans: Spans, offset: int) -> Spans:
    """Return style spans shifted to the right by a number of characters."""
    if not offset:
        return spans
    return tuple((start + offset, end + offset, style) for start, end, style in spans)


def cut(logical_line: LogicalLine, start: int, end: int, offset: int) -> tuple[Spans, Links]:
    """Return the spans within a slice of the text, shifted so that the slice begins at `offset`."""
    move = offset - start
    spans = tuple(
        (max(begin, start) + move, min(stop, end) + move, style)
        for begin, stop, style in _within(logical_line.spans, start, end)
    )
    links = tuple(
        (max(begin, start) + move, min(stop, end) + move, href)
        for begin, stop, href in _within(logical_line.links, start, end)
    )
    return spans, links


def links_in(logical_line: LogicalLine) -> list[tuple[str, str]]:
    """Return the text and the target of each link in a logical line."""
    return [(logical_line.text[start:end], href) for start, end, href in logical_line.links]


def _within(
    pieces: Sequence[tuple[int, int, _T]], start: int, end: int
) -> Iterator[tuple[int, int, _T]]:
    """Yield the spans that overlap a slice. A paragraph may have thousands, a row has few."""
    index = bisect_right(pieces, start, key=_END)
    while index < len(pieces) and pieces[index][0] < end:
        yield pieces[index]
        index += 1


def shown(text: str) -> str:
    """Return sanitized text for one row, with tabs expanded to spaces."""
    if text.isascii() and text.isprintable():
        return text
    if "\t" in text:
        text = text.expandtabs(TAB_COLUMNS)
    return _BREAKS.sub(" ", sanitize(text))
