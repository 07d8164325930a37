"""Paints a row of a document as segments."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Final, TypeVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tui_chat.core.links import safe_target

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tui_chat.ui.markdown.style_colours import Palette
    from tui_chat.ui.markdown.styled_text import Line

_T = TypeVar("_T", int, str)
_HREF: Final = "href"


def painted(
    line: Line,
    palette: Palette,
    width: int,
    selected: tuple[int, int] | None,
    selection_style: Style,
) -> list[Segment]:
    """Return a row, padded to the width of its widget.

    Args:
        line: The row.
        palette: The colours of the widget.
        width: Width of the widget, in cells.
        selected: The first selected character and the end of the selection (-1 for all).
        selection_style: Style of selected text.
    """
    text = line.text
    pieces = _pieces(line, selected)
    segments = []
    for start, end, style_id, href, is_selected in pieces:
        style = palette[style_id]
        if href is not None:
            style += _link_style(href, is_marked=palette.has_terminal_links)
        if is_selected:
            style += selection_style
        segments.append(Segment(text[start:end], style))
    missing = width - cell_len(text)
    if missing > 0:
        segments.append(Segment(" " * missing, palette[line.fill]))
    elif missing < 0:
        segments = list(Strip(segments).crop(0, width))
    return segments


def href_at(style: Style) -> str | None:
    """Return the link target in a style."""
    href = style.meta.get(_HREF)
    return href if isinstance(href, str) else None


@lru_cache(256)
def _link_style(href: str, *, is_marked: bool) -> Style:
    # One cached style per target, so that its id is the same in every frame.
    target = safe_target(href) if is_marked else None
    return Style(link=target, meta={"@click": f"link({href!r})", _HREF: href})


def shows_links(env: Mapping[str, str]) -> bool:
    """Return True if the terminal accepts OSC 8 links; all but the oldest do."""
    return env.get("TERM", "") not in ("", "linux", "dumb", "vt100", "vt102", "vt220")


def _pieces(
    line: Line, selected: tuple[int, int] | None
) -> list[tuple[int, int, int, str | None, bool]]:
    """Return the pieces of a row with one style: start, end, style, link target, selected."""
    size = len(line.text)
    first, last = selected or (0, 0)
    last = size if last == -1 else min(last, size)
    edges = {0, size, min(max(first, 0), size), last}
    for start, end, _ in (*line.spans, *line.links):
        edges |= {start, end}
    ordered = sorted(edges)
    styles = _lookup(line.spans, ordered)
    hrefs = _lookup(line.links, ordered)
    return [
        (start, end, styles[index] or 0, hrefs[index], first <= start < last)
        for index, (start, end) in enumerate(pairwise(ordered))
    ]


def _lookup(pieces: Sequence[tuple[int, int, _T]], edges: list[int]) -> list[_T | None]:
    """Return the value that covers the text after each edge; both are sorted."""
    found: list[_T | None] = []
    index = 0
    for edge in edges:
        while index < len(pieces) and pieces[index][1] <= edge:
            index += 1
        covered = index < len(pieces) and pieces[index][0] <= edge
        found.append(pieces[index][2] if covered else None)
    return found
