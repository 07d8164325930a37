"""Paints a row of a line as segments: syntax colours and search highlights."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from rich.segment import Segment

from tui_chat.ui.text_view.json_lines import Pieces, token_pieces

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from rich.style import Style

    StyleOf = Callable[[str], Style]
    """Looks up a style by name."""

Mark = tuple[int, int, str]
"""A highlight in a text: start, end, name of the style on top."""


def row_segments(
    text: str, ink: str, start: int, end: int, marks: Sequence[Mark], style_of: StyleOf
) -> Iterator[Segment]:
    """Yield the segments of one row.

    Args:
        text: The whole line.
        ink: The name of its style; `json` enables syntax highlighting.
        start: Offset of the row in the line.
        end: Offset of its end.
        marks: The highlights of the whole line, in order.
        style_of: Looks up a style by name.
    """
    for first, last, name in _pieces(text, ink):
        first, last = max(first, start), min(last, end)
        if first < last:
            yield from _marked(text, first, last, style_of(name), marks, style_of)


def _marked(
    text: str, start: int, end: int, style: Style, marks: Sequence[Mark], style_of: StyleOf
) -> Iterator[Segment]:
    for first, last, name in marks:
        if last <= start or first >= end:
            continue
        if first > start:
            yield Segment(text[start:first], style)
            start = first
        stop = min(last, end)
        yield Segment(text[start:stop], style + style_of(name))
        start = stop
    if start < end:
        yield Segment(text[start:end], style)


@lru_cache(256)
def _pieces(text: str, ink: str) -> Pieces:
    """Return the style spans of a whole line, without gaps."""
    if ink != "json":
        return ((0, len(text), ink),)
    pieces: list[tuple[int, int, str]] = []
    position = 0
    for start, end, name in token_pieces(text):
        pieces += ((position, start, "plain"), (start, end, name))
        position = end
    return (*pieces, (position, len(text), "plain"))
