"""Wraps logical lines into rows.

`row_end` depends only on the text after the start of the row. So the rows of a growing line are the
rows of the complete line, and only the last one is computed again.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from rich.cells import split_graphemes

from tui_chat.core.text.wide_characters import is_wide

CLOSERS: Final = frozenset(
    "，。、！？；：）】》」』〉〕”’…‥—～％‰℃·ー々ぁぃぅぇぉっゃゅょァィゥェォッャュョ,.!?;:)]}%»›"
)
"""Characters that may not begin a row after a wide character."""
OPENERS: Final = frozenset("（【《「『〈〔“‘([{«‹$￥＄")
"""Characters that may not end a row before a wide character."""

_LOOK_AHEAD: Final = 24

# Characters of one and of two cells that form no clusters: most of all text. Their rows are
# measured without splitting them into clusters, which takes 8 times as long.
_ONE_CELL: Final = " -~\u00a1-\u00ac\u00ae-\u02ff\u03a3-\u0481\u048a-\u052f\u2010-\u2027"
_TWO_CELLS: Final = (
    "\u3000-\u3029\u3041-\u3096\u309b-\u30ff\u3105-\u312f\u3250-\ua48c\uac00-\ud7a3\uff01-\uff60"
)
_SIMPLE: Final = re.compile(f"[{_ONE_CELL}{_TWO_CELLS}]*")
_NARROW: Final = re.compile(f"[{_ONE_CELL}]")


def wrap(text: str, width: int, starts: list[int] | None = None) -> list[int]:
    """Return the offset of each row; words stay whole if they fit.

    Args:
        text: A logical line.
        width: Width of a row, in cells; a row has at least one grapheme, even a wider one.
        starts: Row offsets of a shorter version of this text, to be extended in place.
    """
    starts = starts or [0]
    position = starts[-1]
    size = len(text)
    while (position := row_end(text, position, width)) < size:
        starts.append(position)
    return starts


def chop(text: str, width: int, starts: list[int] | None = None) -> list[int]:
    """Return the row offsets of code: rows are filled completely and words may be split."""
    starts = starts or [0]
    position = starts[-1]
    size = len(text)
    while (position := _fitting(text, position, max(1, width))[0]) < size:
        starts.append(position)
    return starts


def row_end(text: str, start: int, width: int) -> int:
    """Return the end of the row that begins at `start`, which is the start of the next row."""
    window = text[start : start + width + 1]
    if window.isascii():
        return _ascii_row_end(text, window, start, max(1, width))
    end, overflows = _fitting(text, start, max(1, width))
    if not overflows:
        return end
    if text[end] == " ":
        return _after_spaces(text, end)
    return _break_before(text, start, end)


def _ascii_row_end(text: str, window: str, start: int, width: int) -> int:
    if len(window) <= width:
        return start + len(window)
    if window[width] == " ":
        return _after_spaces(text, start + width)
    space = window.rfind(" ", 0, width)
    # Leading spaces are indentation, not a break opportunity.
    if space < 0 or not window[:space].strip(" "):
        return start + width
    return start + space + 1


def _after_spaces(text: str, position: int) -> int:
    size = len(text)
    while position < size and text[position] == " ":
        position += 1
    return position


def _fitting(text: str, start: int, width: int) -> tuple[int, bool]:
    """Return the end of the text that fits into `width` cells, and whether any text is left."""
    size = len(text)
    reach = width + _LOOK_AHEAD
    while True:
        window = text[start : start + reach]
        if window.isascii():
            end = min(start + width, size)
            return end, end < size
        if _SIMPLE.fullmatch(window):
            end = start + _fitting_simple(window, width)
            return end, end < size
        used = 0
        spans, _ = split_graphemes(window)
        for begin, _, cells in spans:
            used += cells
            if used > width and begin:
                return start + begin, True
        if start + reach >= size:
            return size, False
        # The window may cut the last cluster, or all of it has no width.
        reach *= 2


def _fitting_simple(window: str, width: int) -> int:
    """Return the number of characters of a window that fit into `width` cells, at least one."""
    end, room, size = 0, width, len(window)
    while room and end < size:
        # The number that certainly fits; the rest is measured next.
        piece = window[end : end + max(1, room // 2)]
        cells = 2 * len(piece) - len(_NARROW.findall(piece))
        if cells > room:
            break
        end += len(piece)
        room -= cells
    return max(end, 1)


def _break_before(text: str, start: int, end: int) -> int:
    """Return the last break opportunity at or before `end`, or `end` itself."""
    position = end
    while position > start:
        if _may_break(text, position):
            return position
        position -= 1
    return end


def _may_break(text: str, position: int) -> bool:
    before, after = text[position - 1], text[position]
    if before == " ":
        return after != " "
    if after == " ":
        return False
    if not (is_wide(before) or is_wide(after)):
        return False
    return after not in CLOSERS and before not in OPENERS and not joins(after, before)


def joins(after: str, before: str) -> bool:
    """Return True if two characters are parts of one cluster."""
    if before == "\u200d" or after in "\u200d\ufe0f\ufe0e" or "\U0001f3fb" <= after <= "\U0001f3ff":
        return True
    return unicodedata.combining(after) != 0
