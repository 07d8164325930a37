"""Styled text as plain tuples: a string, style runs over it, and the targets of its links."""

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
"""Style runs (start, end, style id), in order, without overlaps."""
Links: TypeAlias = tuple[tuple[int, int, str], ...]
"""Link runs (start, end, target), in order, without overlaps."""

TAB_COLUMNS: Final = 4
_END: Final = itemgetter(1)
_BREAKS: Final = re.compile(r"[\n\u0085\u2028\u2029]")


class Line(NamedTuple):
    """One row of the screen."""

    text: str
    spans: Spans = ()
    links: Links = ()
    fill: int = 0
    """Style id of the row from the end of the text to the right edge."""


class Prefix(NamedTuple):
    """What stands before a row: quote bars, list markers, indentation."""

    text: str = ""
    spans: Spans = ()
    copied: str = ""
    """What a copy holds in its place: Markdown's own mark, or nothing before code."""

    def __add__(self, other: object) -> Prefix:
        if not isinstance(other, Prefix):
            return NotImplemented
        moved = shifted(other.spans, len(self.text))
        return Prefix(self.text + other.text, self.spans + moved, self.copied + other.copied)

    @property
    def cells(self) -> int:
        """Width on the screen."""
        return cell_len(self.text)


class Run(NamedTuple):
    """One logical line: text before it is wrapped."""

    text: str
    spans: Spans = ()
    links: Links = ()

    def joined(self, other: Run) -> Run:
        """Return this run with another one after it."""
        offset = len(self.text)
        links = tuple((start + offset, end + offset, href) for start, end, href in other.links)
        return Run(
            self.text + other.text, self.spans + shifted(other.spans, offset), self.links + links
        )


def shifted(spans: Spans, offset: int) -> Spans:
    """Return style runs moved to the right by a number of characters."""
    if not offset:
        return spans
    return tuple((start + offset, end + offset, style) for start, end, style in spans)


def cut(run: Run, start: int, end: int, offset: int) -> tuple[Spans, Links]:
    """Return the runs inside a slice of the text, moved so that the slice begins at `offset`."""
    move = offset - start
    spans = tuple(
        (max(begin, start) + move, min(stop, end) + move, style)
        for begin, stop, style in _within(run.spans, start, end)
    )
    links = tuple(
        (max(begin, start) + move, min(stop, end) + move, href)
        for begin, stop, href in _within(run.links, start, end)
    )
    return spans, links


def run_links(run: Run) -> list[tuple[str, str]]:
    """Return words and target of each link in a logical line."""
    return [(run.text[start:end], href) for start, end, href in run.links]


def _within(
    pieces: Sequence[tuple[int, int, _T]], start: int, end: int
) -> Iterator[tuple[int, int, _T]]:
    """Yield the pieces that overlap a slice. A paragraph may have thousands, a row has few."""
    index = bisect_right(pieces, start, key=_END)
    while index < len(pieces) and pieces[index][0] < end:
        yield pieces[index]
        index += 1


def shown(text: str) -> str:
    """Return text fit for one row: nothing in it acts on a terminal, tabs are spaces."""
    if text.isascii() and text.isprintable():
        return text
    if "\t" in text:
        text = text.expandtabs(TAB_COLUMNS)
    return _BREAKS.sub(" ", sanitize(text))
