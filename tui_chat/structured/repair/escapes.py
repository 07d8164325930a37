"""Backslashes in the texts of an answer that is mended."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from tui_chat.structured.repair.text_edits import QUOTES

_KEPT: Final = re.compile(r'\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})')
_CODED: Final = re.compile(r"\\(?:x([0-9a-fA-F]{2})|U([0-9a-fA-F]{8}))")
_NAMED: Final = {"v": "\\u000b", "0": "\\u0000", "a": "\\u0007"}
_FOLDER: Final = re.compile(
    r"""["'`“‘][A-Za-z]:\\(?:[^\\nu"]|n[\w.-]*\\(?!n)|u(?![0-9a-fA-F]{4}))"""
)
"""A path of Windows whose backslashes are not escaped. A line break is likelier behind `Q:`."""
_SHARE: Final = re.compile(r"""["'`“‘]\\\\[A-Za-z][\w.-]+\\(?=[A-TV-Zac-eg-mo-qsvwyz])""")
_COMMAND: Final = re.compile(
    r"\\(?:b(?:eta|egin|ar|f|ig|inom|oldsymbol|ullet|ot|ecause)|f(?:rac|orall|lat)"
    r"|n(?:abla|eq|u|ot|eg|ewline)|r(?:ho|ight[a-z]*|angle|ceil|floor|m)"
    r"|t(?:ext[a-z]*|heta|imes|au|o|ilde|riangle|frac))(?![A-Za-z])"
)
"""Commands of formulas that begin like an escape of JSON."""
_UNKNOWN: Final = re.compile(r"(?<!\\)(?:\\\\)*\\(?!x[0-9a-fA-F]{2})[A-Zac-eg-mo-qsv-z][A-Za-z]")
_FORMULA_REACH: Final = 500
_HALF: Final = re.compile(r"\\u[dD][89abAB][0-9a-fA-F]{2}\Z")


@dataclass(slots=True)
class StringRead:
    """A text as it is being read."""

    start: int = 0
    parts: list[str] = field(default_factory=list)
    notes: dict[str, None] = field(default_factory=dict)
    inner: int = 0
    """How many quotes stood within it."""
    escaped: int = 0
    """How many quotes within it were escaped."""
    has_comma: bool = False
    """Whether a quote within it stood before a comma."""
    depth: int = 0
    """How many brackets within it are open."""
    is_nested: bool = False
    """Whether a quote stood right after an opening bracket: JSON or code stands in it."""
    has_equals: bool = False
    """Whether a quote stood right after an equals sign: attributes of HTML stand in it."""
    first_inner: int = -1
    """Where the first quote within it stands."""
    lost: tuple[int, str] | None = None
    """Where an entry of a list may have ended, and what it then is."""
    is_cut: bool = False

    def put(self, piece: str) -> None:
        """Add what stands in the text as it is."""
        self.parts.append(piece)
        self.depth += piece.count("{") + piece.count("[") - piece.count("}") - piece.count("]")


def read_escape(text: str, at: int, read: StringRead) -> int:
    """Keep or put right an escape, and return the place after it."""
    if at == read.start + 1 and _SHARE.match(text, read.start):
        read.parts.append("\\\\" * 2)
        read.notes["The backslashes of a path were kept."] = None
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
            read.notes["An escape that JSON does not know was rewritten."] = None
            return coded.end()
    escaped = text[at + 1 : at + 2]
    if not escaped or (escaped == "u" and len(text) - at < 6):
        read.is_cut = True
        return len(text)
    if escaped in _NAMED and not text[at + 2 : at + 3].isalpha():
        # \alpha and \vec are commands of a formula.
        read.parts.append(_NAMED[escaped])
        read.notes["An escape that JSON does not know was rewritten."] = None
    elif escaped in QUOTES:
        read.parts.append("\\" * (escaped == '"') + escaped)
        read.notes["An escape that JSON does not know was rewritten."] = None
    elif escaped == "\n":
        read.notes["A line that goes on was joined."] = None
    else:
        read.parts.append("\\\\")
        read.notes["A backslash that means nothing was kept as a backslash."] = None
        return at + 1
    return at + 2


def drop_half(read: StringRead) -> None:
    """Leave out half a character at the end of a text that was cut."""
    if read.parts and _HALF.match(read.parts[-1]):
        read.parts.pop()


def is_folder(text: str, start: int) -> bool:
    """Say whether a text begins like a path of Windows whose backslashes are not escaped."""
    if _SHARE.match(text, start):
        return True
    return bool(_FOLDER.match(text, start))


def _is_backslash(text: str, at: int, read: StringRead) -> bool:
    """Say whether the backslash of what looks like an escape stands for itself."""
    if is_folder(text, read.start):
        return True
    if not _COMMAND.match(text, at):
        return False
    # Up to what looks like its end.
    end = re.compile(f"{re.escape(text[read.start])}\\s*[,:]").search(text, at, at + _FORMULA_REACH)
    return bool(_UNKNOWN.search(text, read.start, end.start() if end else at + _FORMULA_REACH))
