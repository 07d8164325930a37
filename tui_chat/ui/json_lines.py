"""JSON laid out over lines and coloured by its tokens, whatever its size."""

from __future__ import annotations

import json
import re
from collections import deque
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from tui_chat.ui.view_lines import LINE_LIMIT, ViewLine, view_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

HEAD_LINES: Final = 400
TAIL_LINES: Final = 200
"""The end of a request is shown too: the newest message stands there."""
_MOST_CHARACTERS: Final = 4_000_000
"""Nested lists of a few kilobytes may be indented to gigabytes."""
_MOST_INDENT: Final = 40
_TOKEN: Final = re.compile(
    r'("[^"\\]*(?:\\.[^"\\]*)*"?)(\s*:)?|(-?\d[\d.eE+-]*|\b(?:true|false|null)\b)|([{}\[\],]+)'
)

Pieces = tuple[tuple[int, int, str], ...]
"""Style runs over a text: start, end, name of the style."""


def json_value(text: str) -> Any:
    """Return the value of a text that is a JSON object or list, None if it is neither."""
    if text.lstrip()[:1] not in ("{", "["):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def body_lines(text: str, indent: int = 0) -> list[ViewLine]:
    """Return a body as lines: JSON laid out and coloured, anything else as it is.

    Args:
        text: The body, of any length.
        indent: Cells before each line.
    """
    value = json_value(text)
    if value is None:
        return _shortened(_text_lines(text), "plain", indent)
    try:
        return _shortened(_pretty(value), "json", indent)
    except RecursionError:
        return _shortened(_text_lines(text), "plain", indent)


def token_pieces(text: str) -> Pieces:
    """Return the colours of one line of JSON."""
    pieces: list[tuple[int, int, str]] = []
    for token in _TOKEN.finditer(text):
        if token[1] is not None:
            pieces.append((*token.span(1), "key" if token[2] else "string"))
        elif token[3] is not None:
            pieces.append((*token.span(), "number"))
        else:
            pieces.append((*token.span(), "quiet"))
    return tuple(pieces)


def _pretty(value: Any) -> Iterator[str]:
    """Yield the lines of a value; only as many characters as can be shown in any way."""
    line: list[str] = []
    count = 0
    for piece in json.JSONEncoder(ensure_ascii=False, indent=2).iterencode(value):
        # A line break only ever begins a piece, or stands before the indent of one.
        head, *more = piece.split("\n")
        line.append(head)
        for part in more:
            yield "".join(line)
            line = [part]
        count += len(piece)
        if count > _MOST_CHARACTERS:
            break
    yield "".join(line)


def _text_lines(text: str) -> Iterator[str]:
    text = text.replace("\r\n", "\n")
    start = 0
    while (end := text.find("\n", start)) >= 0:
        yield text[start:end]
        start = end + 1
    yield text[start:]


def _shortened(texts: Iterable[str], ink: str, indent: int) -> list[ViewLine]:
    """Return the first and the last lines, and in their place how many are left out."""
    rest = iter(texts)
    lines = [line for text in islice(rest, HEAD_LINES) for line in _lines_of(text, ink, indent)]
    last: deque[str] = deque(maxlen=TAIL_LINES)
    count = 0
    for count, text in enumerate(rest, 1):  # noqa: B007 - the count is read after the loop
        last.append(text)
    if count > TAIL_LINES:
        lines.append(note(f"… {count - TAIL_LINES:,} lines are not shown", indent))
    lines += (line for text in last for line in _lines_of(text, ink, indent))
    return lines


def _lines_of(text: str, ink: str, indent: int) -> Iterator[ViewLine]:
    stripped = text.lstrip(" ")
    inner = min(len(text) - len(stripped), _MOST_INDENT)
    lead = ((" " * (indent + inner), "plain"),) if indent + inner else ()
    yield view_line(stripped, ink, lead, indent + inner + 2, keeps_words=True)
    if len(stripped) > LINE_LIMIT:
        words = f"… {len(stripped) - LINE_LIMIT:,} more characters are not shown"
        yield note(words, indent + inner)


def note(words: str, indent: int) -> ViewLine:
    """Return a remark of the program's own."""
    lead = ((" " * indent, "plain"),) if indent else ()
    return ViewLine(words, "note", lead, indent)
