"""Patterns of the markers that begin CommonMark blocks and tables."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from tui_chat.markup.inline_grammar import ENVIRONMENT

HEADING: Final = re.compile(r"(#{1,6})(?:[ \t]+|$)(.*)", re.DOTALL)
FENCE: Final = re.compile(r"(`{3,})([^`]*)$|(~{3,})(.*)$", re.DOTALL)
RULE: Final = re.compile(r"(?:(?:\*[ \t]*+){3,}|(?:_[ \t]*+){3,}|(?:-[ \t]*+){3,})$")
UNDERLINE: Final = re.compile(r"(=+|-+)[ \t]*+$")
_BULLET: Final = re.compile(r"([-+*])(?=[ \t]|$)")
_NUMBER: Final = re.compile(r"(\d{1,9})([.)])(?=[ \t]|$)")
_BLANKS: Final = r"[ \t]*+(?:\n[ \t]*+)?"
DEFINITION: Final = re.compile(
    r"\[(?!\^)((?:[^\[\]\\]|\\.){1,300})(?<!\s)\]:" + _BLANKS + r"(?:<([^<>\n]*)>|([^\s<]\S*))"
    r"(?:(?=\s)" + _BLANKS + r"(?:\"(?:[^\"\\]|\\.)*+\"|'(?:[^'\\]|\\.)*+'|\((?:[^()\\]|\\.)*+\)))?"
    r"[ \t]*+(?:\n|$)",
    re.DOTALL,
)
FOOTNOTE: Final = re.compile(r"\[\^[^\s\[\]^]{1,40}\]:")
"""A footnote begins a new paragraph, even directly below another one."""
_DELIMITER: Final = re.compile(r"\|?[ \t]*+:?-++:?[ \t]*+(?:\|[ \t]*+:?-++:?[ \t]*+)*+\|?[ \t]*+$")
_HTML: Final = re.compile(
    r"<(?:(?P<raw>script|pre|style|textarea)(?=[\s>]|$)|(?P<comment>!--)|(?P<question>\?)|(?P<cdata>!\[CDATA\[)"
    r"|(?P<declaration>![a-z])|/?(?:address|article|aside|base|basefont|blockquote|body|caption|center|col"
    r"|colgroup|dd|details|dialog|dir|div|dl|dt|fieldset|figcaption|figure|footer|form|frame|frameset|h[1-6]"
    r"|head|header|hr|html|iframe|legend|li|link|main|menu|menuitem|nav|noframes|ol|optgroup|option|p|param"
    r"|search|section|summary|table|tbody|td|tfoot|th|thead|title|tr|track|ul)(?=[\s>]|/>|$))",
    re.I,
)
_HTML_END: Final = {"comment": "-->", "question": "?>", "cdata": "]]>", "declaration": ">"}
_UNDECIDED: Final = re.compile(r"(?:[-=+*_>|`~#$:\\ \t]{0,40}|\d{1,9}[.)]?)(?:\[.?\]?)?$")
DELIMITER_LINE: Final = re.compile(
    r"\s*+(?:\$\$?|\\[\[\]]?|\\(?:b(?:e(?:gi?)?)?|begin|e(?:nd?)?)"
    r"|(?:\\(?:begin|end)\{[a-zA-Z]*+\*?(?:\}(?:\{[lcr|]*+\}?)?)?\s*+)++)\s*+"
)
"""A line of a display formula with nothing but delimiters, perhaps incomplete ones."""

MAX_COLUMNS: Final = 64


class ListMarker(NamedTuple):
    """The marker of a list item."""

    kind: str
    """The bullet, or the delimiter after the number: the items of a list share it."""
    number: int | None
    length: int


def list_marker(rest: str) -> ListMarker | None:
    """Return the list marker at the beginning of a text."""
    if found := _BULLET.match(rest):
        return ListMarker(found[1], None, 1)
    if found := _NUMBER.match(rest):
        return ListMarker(found[2], int(found[1]), found.end())
    return None


def heading(rest: str) -> tuple[int, str] | None:
    """Return the level and the text of an ATX heading."""
    found = HEADING.match(rest)
    if not found:
        return None
    text = found[2].strip(" \t")
    core = text.rstrip("#")
    return len(found[1]), core.rstrip(" \t") if not core or core[-1] in " \t" else text


def html_end(rest: str) -> str | None:
    """Return the end marker of the HTML block that begins here; "" for a blank line."""
    found = _HTML.match(rest)
    if not found:
        return None
    if found["raw"]:
        return f"</{found['raw'].lower()}>"
    return next((_HTML_END[name] for name in _HTML_END if found[name]), "")


def formula(text: str) -> tuple[str, bool] | None:
    r"""Return the end marker of the formula at the start of a line, and whether it is on the line.

    ``$$``, ``\[`` and ``\begin{align}`` begin a formula; an amount of money or an escaped link does
    not.
    """
    if found := ENVIRONMENT.match(text):
        closing = f"\\end{{{found[1]}}}"
        _, ended, behind = text.partition(closing)
        # The end markers of raw blocks are lower case.
        return None if behind.strip(" \t") else (closing.lower(), bool(ended))
    end = {"$$": "$$", "\\[": "\\]"}.get(text[:2])
    if end is None:
        return None
    inside, ended, behind = text[2:].partition(end)
    if behind.strip(" \t") or (not ended and ("]" in inside or inside[:1].isdigit())):
        return None
    return end, bool(ended)


def cells(row: str) -> list[str]:
    """Return the cells of a table row; an escaped pipe stays in its cell."""
    row = row.strip(" \t")
    row = row.removeprefix("|")
    if row.endswith("|") and not row.endswith("\\|"):
        row = row[:-1]
    if "\\|" not in row:
        return [cell.strip(" \t") for cell in row.split("|")]
    marked = row.replace("\\|", "\0")
    return [cell.strip(" \t").replace("\0", "|") for cell in marked.split("|")]


def alignments(row: str) -> str | None:
    """Return the alignments in a delimiter row as letters: l, c, r, or a dash for none."""
    if not _DELIMITER.match(row):
        return None
    return "".join(_alignment(cell) for cell in cells(row))


def _alignment(cell: str) -> str:
    if cell.endswith(":"):
        return "c" if cell.startswith(":") else "r"
    return "l" if cell.startswith(":") else "-"


def is_undecided(line: str) -> bool:
    """Return True if an incomplete line may become a marker and should not be shown yet.

    An incomplete list item could turn the paragraph above it into a heading for a moment, and a
    single backtick would flash.
    """
    return _UNDECIDED.match(line) is not None
