"""Splits very long lines and paragraphs, so that the cost of a delta does not grow.

Both decisions use only text that has already arrived, so they do not depend on the sizes of deltas.
"""

from __future__ import annotations

import re
from typing import Final

from tui_chat.ui.markdown.wrap import CLOSERS, joins

LONG_LINE: Final = 1024
"""Characters of a source line that are parsed together."""
LONG_ROW: Final = 8192
"""The same for a line of a table, which should stay whole."""
LONG_PARAGRAPH: Final = 1600
"""Characters of a paragraph that are parsed together."""

_MARKS: Final = re.compile(r"\\.|`+|\*+|_+|~~|\[|\]|\$+|\\?\s", re.DOTALL)
_LONGEST_CLUSTER: Final = 32


def line_limit(line: str, start: int, *, in_table: bool) -> int:
    """Return the length, from an offset on, at which a line is split."""
    return LONG_ROW if in_table or line.startswith("|", start) else LONG_LINE


def split_point(text: str) -> int:
    """Return where to split a long paragraph: between words, outside markup if possible."""
    text = text[:LONG_PARAGRAPH]
    half = LONG_PARAGRAPH // 2
    return _outside_markup(text, half) or _between_words(text, half)


def cut_point(line: str, limit: int) -> int:
    """Return where to split a long line: at an offset, or before it if a character would break."""
    point = limit
    while point > limit - _LONGEST_CLUSTER and joins(line[point], line[point - 1]):
        point -= 1
    return point


def _outside_markup(text: str, start: int) -> int:
    """Return the last offset after `start` where no markup is open; 0 if there is none."""
    opened: list[str] = []
    code = ""
    point = 0
    for found in _MARKS.finditer(text):
        mark, end = found[0], found.end()
        if code:
            code = "" if mark == code else code
        elif mark.isspace():
            if not opened and end > start:
                point = end
        elif mark[0] == "`":
            code = mark
        elif mark[0] != "\\":
            _toggle(opened, mark, text[found.start() - 1 : found.start()], text[end : end + 1])
    return point


def _toggle(opened: list[str], mark: str, before: str, after: str) -> None:
    """Open or close a delimiter, approximately as inline Markdown does."""
    closer = "[" if mark == "]" else mark
    if closer in opened and mark != "[" and not before.isspace():
        opened.remove(closer)
    elif mark != "]" and after and not after.isspace():
        if mark[0] == "_" and before.isalnum():
            return
        opened.append(mark)


def _between_words(text: str, start: int) -> int:
    point = max(text.rfind(mark) for mark in " \n。，；！？、") + 1
    if point > start and (point >= len(text) or text[point] not in CLOSERS):
        return point
    return cut_point(text, len(text) - 1)
