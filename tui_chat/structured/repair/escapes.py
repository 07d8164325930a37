"""Backslash escapes in strings that are not strict JSON."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from tui_chat.core.labels import N_
from tui_chat.structured.repair.text_edits import QUOTES

_KEPT: Final = re.compile(r'\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})')
_CODED: Final = re.compile(r"\\(?:x([0-9a-fA-F]{2})|U([0-9a-fA-F]{8}))")
_NAMED: Final = {"v": "\\u000b", "0": "\\u0000", "a": "\\u0007"}
_FOLDER: Final = re.compile(
    r"""["'`“‘][A-Za-z]:\\(?:n[\w.-]*\\(?!n)|u(?![0-9a-fA-F]{4})
        |(?!'|[bfrt](?![\w.-])|x[0-9a-fA-F]{2}|U[0-9a-fA-F]{8})[^\\nu"])""",
    re.VERBOSE,
)
"""A Windows path with unescaped backslashes. After `Q:` a line break is more likely."""
_SHARE: Final = re.compile(r"""["'`“‘]\\\\[A-Za-z][\w.-]+\\(?=[A-TV-Zac-eg-mo-qsvwyz])""")
_COMMAND: Final = re.compile(
    r"\\(?:b(?:eta|egin|ar|f|ig|inom|oldsymbol|ullet|ot|ecause)|f(?:rac|orall|lat)"
    r"|n(?:abla|eq|u|ot|eg|ewline)|r(?:ho|ight[a-z]*|angle|ceil|floor|m)"
    r"|t(?:ext[a-z]*|heta|imes|au|o|ilde|riangle|frac))(?![A-Za-z])"
)
"""LaTeX commands that begin like a JSON escape."""
_UNKNOWN: Final = re.compile(r"(?<!\\)(?:\\\\)*\\(?!x[0-9a-fA-F]{2})[A-Zac-eg-mo-qsv-z][A-Za-z]")
_FORMULA: Final = re.compile(
    r"(?<!\\)(?:\\\\)*\\(?:[()\[\]{},;!%&#]|(?:alpha|gamma|delta|epsilon|lambda|mu|pi|sigma|phi|omega"
    r"|sqrt|sum|int|prod|lim|log|sin|cos|left|cdot|quad|infty|partial|leq?|geq?|approx|equiv|pm"
    r"|math[a-z]+|over[a-z]+|displaystyle|dots|ldots|Delta|Sigma|Omega)(?![A-Za-z]))"
)
"""A plain backslash of LaTeX that no JSON escape begins with."""
_FORMULA_REACH: Final = 500
_REPLY_REACH: Final = 2_000
_UNKNOWN_ESCAPE: Final = N_("Rewrote an escape that JSON does not have.")
_HALF: Final = re.compile(r"\\u[dD][89abAB][0-9a-fA-F]{2}\Z")


@dataclass(slots=True)
class StringRead:
    """The state of a string while it is read."""

    start: int = 0
    parts: list[str] = field(default_factory=list)
    notes: dict[str, None] = field(default_factory=dict)
    """Repairs, untranslated."""
    inner: int = 0
    """Number of quotes inside of it."""
    escaped: int = 0
    """Number of escaped quotes inside of it."""
    has_comma: bool = False
    """True if a quote inside of it is followed by a comma."""
    depth: int = 0
    """Number of open brackets inside of it."""
    is_nested: bool = False
    """True if a quote follows an opening bracket, as in embedded JSON or code."""
    has_equals: bool = False
    """True if a quote follows an equals sign, as in HTML attributes."""
    first_inner: int = -1
    """Offset of the first quote inside of it."""
    lost: tuple[int, str] | None = None
    """The place where an entry of a list may have ended, and its content in that case."""
    is_cut: bool = False

    def put(self, piece: str) -> None:
        """Append unchanged text."""
        self.parts.append(piece)
        self.depth += piece.count("{") + piece.count("[") - piece.count("}") - piece.count("]")


def read_escape(text: str, at: int, read: StringRead) -> int:
    """Keep or fix an escape, and return the offset after it."""
    if at == read.start + 1 and _SHARE.match(text, read.start):
        read.parts.append("\\\\" * 2)
        read.notes[N_("Kept the backslashes of a path.")] = None
        return at + 2
    kept = _KEPT.match(text, at)
    if kept and not (kept[0][1] in "bfnrt" and _is_backslash(text, at, read)):
        read.parts.append(kept[0])
        read.escaped += kept[0][1] == '"'
        return kept.end()
    coded = None if kept else _CODED.match(text, at)
    if coded:
        code = int(coded[1] or coded[2], 16)
        if code <= 0x10FFFF:
            halves = chr(code).encode("utf-16-be", "surrogatepass").hex()
            for i in range(0, len(halves), 4):
                read.parts.append(f"\\u{halves[i : i + 4]}")
            read.notes[_UNKNOWN_ESCAPE] = None
            return coded.end()
    escaped = text[at + 1 : at + 2]
    if not escaped or (escaped == "u" and len(text) - at < 6):
        read.is_cut = True
        return len(text)
    if escaped in _NAMED and not text[at + 2 : at + 3].isalpha():
        # \alpha and \vec are LaTeX commands.
        read.parts.append(_NAMED[escaped])
        read.notes[_UNKNOWN_ESCAPE] = None
    elif escaped in QUOTES:
        read.parts.append("\\" * (escaped == '"') + escaped)
        read.notes[_UNKNOWN_ESCAPE] = None
    elif escaped == "\n":
        read.notes[N_("Joined a continued line.")] = None
    else:
        read.parts.append("\\\\")
        read.notes[N_("Escaped a stray backslash.")] = None
        return at + 1
    return at + 2


def may_be_formula(text: str, start: int, end: int) -> bool:
    """Return whether an escape in a range begins a LaTeX command."""
    return _COMMAND.search(text, start, end) is not None


def drop_half(read: StringRead) -> None:
    """Remove half of a surrogate pair at the end of a cut string."""
    if read.parts and _HALF.match(read.parts[-1]):
        read.parts.pop()


def is_folder(text: str, start: int) -> bool:
    """Return whether a string begins like a Windows path with unescaped backslashes."""
    if _SHARE.match(text, start):
        return True
    return bool(_FOLDER.match(text, start))


def _is_backslash(text: str, at: int, read: StringRead) -> bool:
    """Return whether an apparent escape is a literal backslash."""
    if is_folder(text, read.start):
        return True
    if not _COMMAND.match(text, at):
        return False
    # Searched up to the apparent end of the string.
    end = re.compile(f"{re.escape(text[read.start])}\\s*[,:]").search(text, at, at + _FORMULA_REACH)
    stop = end.start() if end else at + _FORMULA_REACH
    if _UNKNOWN.search(text, read.start, stop) or _FORMULA.search(text, read.start, stop):
        return True
    # Other strings of the same reply are written in the same way.
    around = max(0, at - _REPLY_REACH)
    return bool(_FORMULA.search(text, around, at + _REPLY_REACH))
