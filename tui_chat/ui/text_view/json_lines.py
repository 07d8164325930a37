"""Pretty-prints and highlights JSON of any size as lines of a view."""

from __future__ import annotations

import json
import re
from collections import deque
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from tui_chat.core.labels import N_, _, ngettext
from tui_chat.ui.text_view.wrapped_lines import LINE_LIMIT, ViewLine, view_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

HEAD_LINES: Final = 400
TAIL_LINES: Final = 200
"""The end of a request is shown too, since it contains the newest message."""
_BATCH: Final = 4_096
_HALF_TEXT: Final = 100_000
MOST_CHARACTERS: Final = 2_000_000
"""Limit for pretty-printing: indentation may blow up a few nested kilobytes to gigabytes."""
TRUNCATED: Final = N_("… truncated")
_MOST_INDENT: Final = 40
_TOKEN: Final = re.compile(
    r'("[^"\\]*(?:\\.[^"\\]*)*"?)(\s*:)?|(-?\d[\d.eE+-]*|\b(?:true|false|null)\b)|([{}\[\],]+)'
)

Pieces = tuple[tuple[int, int, str], ...]
"""Style spans of a text: start, end, style name."""


def json_value(text: str) -> Any:
    """Parse a JSON object or list; return None for anything else."""
    if text.lstrip()[:1] not in ("{", "["):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def body_lines(text: str, indent: int = 0) -> list[ViewLine]:
    """Return the lines of an HTTP body: JSON pretty-printed, anything else unchanged.

    Args:
        text: The body, of any length.
        indent: Cells before each line.
    """
    value = json_value(text)
    if value is None:
        return shortened(text_lines(text), "plain", indent)
    try:
        return shortened(_pretty(value), "json", indent)
    except RecursionError:
        return shortened(text_lines(text), "plain", indent)


def token_pieces(text: str) -> Pieces:
    """Return the style spans of one line of JSON."""
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
    """Yield the lines of a value, up to MOST_CHARACTERS."""
    pieces = json.JSONEncoder(ensure_ascii=False, indent=2).iterencode(value)
    rest = ""
    count = 0
    while text := "".join(islice(pieces, _BATCH)):
        *lines, rest = f"{rest}{text}".split("\n")
        yield from lines
        count += len(text)
        if count > MOST_CHARACTERS:
            yield rest
            rest = _(TRUNCATED)
            break
    yield rest


def text_lines(text: str) -> Iterator[str]:
    """Yield the lines of a text; of a long text only the beginning and the end."""
    missing = len(text) - 2 * _HALF_TEXT
    if missing > 0:
        yield from text_lines(text[:_HALF_TEXT])
        yield ngettext("… {count} character hidden", "… {count} characters hidden", missing)
        text = text[-_HALF_TEXT:]
    yield from text.replace("\r\n", "\n").split("\n")


def shortened(texts: Iterable[str], ink: str, indent: int) -> list[ViewLine]:
    """Return the first and the last lines, with the number of hidden lines between them."""
    rest = iter(texts)
    lines = [line for text in islice(rest, HEAD_LINES) for line in _lines_of(text, ink, indent)]
    last: deque[str] = deque(maxlen=TAIL_LINES)
    count = 0
    for count, text in enumerate(rest, 1):  # noqa: B007 - the count is read after the loop
        last.append(text)
    if count > TAIL_LINES:
        hidden = count - TAIL_LINES
        lines.append(
            note(ngettext("… {count} line hidden", "… {count} lines hidden", hidden), indent)
        )
    lines += (line for text in last for line in _lines_of(text, ink, indent))
    return lines


def _lines_of(text: str, ink: str, indent: int) -> Iterator[ViewLine]:
    stripped = text.lstrip(" ")
    inner = min(len(text) - len(stripped), _MOST_INDENT)
    lead = ((" " * (indent + inner), "plain"),) if indent + inner else ()
    yield view_line(stripped, ink, lead, indent + inner + 2, keeps_words=True)
    if len(stripped) > LINE_LIMIT:
        yield hidden_characters(len(stripped) - LINE_LIMIT, indent + inner)


def hidden_characters(count: int, indent: int) -> ViewLine:
    """Return the line that follows a truncated one."""
    text = ngettext("… {count} more character hidden", "… {count} more characters hidden", count)
    return note(text, indent)


def note(text: str, indent: int) -> ViewLine:
    """Return a remark of the program as a line."""
    lead = ((" " * indent, "plain"),) if indent else ()
    return ViewLine(text, "note", lead, indent)
