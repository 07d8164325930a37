"""A row of a document as a strip of the screen."""

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

    from tui_chat.ui.markdown.palette import Palette
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
    """Return a row as wide as its widget.

    Args:
        line: The row.
        palette: The colours of the widget.
        width: Cells of the widget.
        selected: The first selected character and the one behind the last (-1 for all).
        selection_style: What selected text looks like.
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
    """Return the target of the link that is drawn in a style."""
    href = style.meta.get(_HREF)
    return href if isinstance(href, str) else None


@lru_cache(256)
def _link_style(href: str, *, is_marked: bool) -> Style:
    # One style for each target, so that its id stays the same from frame to frame.
    target = safe_target(href) if is_marked else None
    return Style(link=target, meta={"@click": f"link({href!r})", _HREF: href})


def shows_links(env: Mapping[str, str]) -> bool:
    """Return whether the terminal may be told of links (OSC 8): all but the oldest know it."""
    return env.get("TERM", "") not in ("", "linux", "dumb", "vt100", "vt102", "vt220")


def _pieces(
    line: Line, selected: tuple[int, int] | None
) -> list[tuple[int, int, int, str | None, bool]]:
    """Return the pieces of a row that look the same: start, end, style, link target, selected."""
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
    """Return what covers the text behind each edge; both are in order."""
    found: list[_T | None] = []
    index = 0
    for edge in edges:
        while index < len(pieces) and pieces[index][1] <= edge:
            index += 1
        covered = index < len(pieces) and pieces[index][0] <= edge
        found.append(pieces[index][2] if covered else None)
    return found
