"""Quotes that a model omitted, doubled or mixed up: finds where a string really ends.

A string that swallows the following keys would be the worst outcome, since it looks repaired. So
every quote inside of a string is checked for being the beginning of the next key.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from tui_chat.core.labels import N_, _
from tui_chat.structured.repair.text_edits import QUOTES

if TYPE_CHECKING:
    from tui_chat.structured.repair.escapes import StringRead
    from tui_chat.structured.repair.text_edits import TextEdits

_KEY_HERE: Final = re.compile(r"""["'][^"'\\\n]{1,80}["']\s*[:：]""")
_BLANK: Final = r"(?:\s|\\[nrt])*+"
_BETWEEN: Final = re.compile(rf"{_BLANK}((?:[}}\]]{_BLANK}){{0,200}}),{_BLANK}[{{\[]?{_BLANK}\Z")
"""The text between two members, with line breaks as they are or escaped."""
_IN_LIST: Final = re.compile(rf"{_BLANK},{_BLANK}\Z")
_LOST_KEY: Final = re.compile(r"([\w $.-]{1,80}?)[”“’]?(?=\s*:)")
_COLON: Final = re.compile(r"\s*[:：]")
_VALUE_OF_KEY: Final = re.compile(r"""["']\s*[:：]\s*["'{\[\d]""")
_LOST_OPENING: Final = {
    kind: re.compile(
        rf"""(?![bBuUrRfF]')([^\W\d][^"\n\\:{{}}\[\](){without}]{{0,200}})"
            (?=\s*(?:[}}\]]|,\s*["'{{\[\d]|\n))(?!\s*,\s*"\s*[,}}\]])""",
        re.VERBOSE,
    )
    for kind, without in (("{", ""), ("[", ","), ("(", ","))
}
"""A string without its opening quote; in an object it may contain commas."""
_ESCAPED_QUOTES: Final = re.compile(r'\\"((?:[^"\\\n]|\\[^"\n])*)\\"(?=\s*[,}\]])')
_LOOKED_BACK: Final = 200
_MOST_IN_KEY: Final = 2
_SIZE: Final = re.compile(r"(?:^|[\s(×x/\"-])[\d.,]+\Z")
_SWALLOWED_KEY: Final = re.compile(r''',\s*[A-Za-z_]\w{0,60}\s*:\s*\\"''')
_WRITTEN: Final = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
INNER_QUOTES: Final = N_("Escaped quotes inside of a string.")
LINE_BREAK: Final = N_("Escaped a line break inside of a string.")
CLOSING_QUOTE: Final = N_("Added a missing closing quote.")


def find_lost_quote(cursor: TextEdits) -> bool:
    """Read a string whose opening quote is missing, or whose quotes are both escaped."""
    if not cursor.kinds:
        return False
    lost = _LOST_OPENING[cursor.kinds[-1]].match(cursor.text, cursor.at)
    found = lost or _ESCAPED_QUOTES.match(cursor.text, cursor.at)
    if found is None:
        return False
    if lost and cursor.edits and cursor.edits[-1] is cursor.bare_key:
        # The apparent key may be the first word of the string.
        cursor.fail(_("a string has only one quote"))
    message = _("Unescaped the quotes of a string.")
    if lost:
        message = _("Added a missing opening quote.")
    cursor.edit(cursor.at, found.end(), f'"{found[1]}"', message)
    cursor.at = found.end()
    return True


def ends_before(cursor: TextEdits, at: int, context: str, read: StringRead) -> bool:
    """End a string before a quote if its closing quote is missing there; return whether it is.

    Raises:
        CannotRepairText: There is a key in place of a value.
    """
    text = cursor.text
    if context == "key":
        return _ends_open_key(cursor, read)
    if read.is_nested and read.depth > 0:
        return False
    if not read.inner and _VALUE_OF_KEY.match(text, at) and text[read.start] == '"':
        cursor.fail(_("there is a key in place of a value"))
    near = text[max(read.start + 1, at - _LOOKED_BACK) : at]
    pattern = _IN_LIST if context == "array" and not _KEY_HERE.match(text, at) else _BETWEEN
    between = pattern.search(near)
    if between is None or read.inner % 2:
        return False
    end = at - len(near) + between.start()
    whole = "".join(read.parts)
    written = pattern.search(whole, max(0, len(whole) - 2 * _LOOKED_BACK))
    if written is None:
        return False
    head = whole[: written.start()]
    if pattern is _IN_LIST:
        # Decided later, by the number of the quotes that follow.
        read.lost = read.lost or (end, head)
        return False
    if not _KEY_HERE.match(text, at):
        return False
    closers = "".join(between[1].split())
    while closers and _balance(head) > 0:
        # These brackets belong to the string.
        end, head, closers = text.index(closers[0], end) + 1, head + closers[0], closers[1:]
    if (between[1].strip() and (not closers or _balance(head))) or _VALUE_OF_KEY.search(head):
        cursor.fail(_("the end of a quoted string is ambiguous"))
    _end_at(cursor, read, end, head)
    return True


def ends_in_list(cursor: TextEdits, read: StringRead) -> bool:
    """End an entry of a list before a comma if its closing quote is missing there.

    The number of quotes inside of it is odd then. Returns whether it was ended.

    Raises:
        CannotRepairText: A quote is missing, and it is unclear which one.
    """
    if read.inner % 2 and read.lost is not None:
        _end_at(cursor, read, *read.lost)
        return True
    if read.inner % 2 and read.has_comma:
        cursor.fail(_("a quote is missing in a list"))
    return False


def reject_lone_quote(cursor: TextEdits, context: str, read: StringRead) -> None:
    """Reject a string with a quote that belongs to another string.

    Raises:
        CannotRepairText: A quote is missing, and it is unclear which one.
    """
    if INNER_QUOTES not in read.notes:
        return
    if context == "key" and read.inner > _MOST_IN_KEY:
        cursor.fail(_("a key contains quotes"), is_final=True)
    if read.inner % 2 == 0:
        return
    if context == "array" and not is_inch_sign(cursor.text, read.first_inner):
        cursor.fail(_("a quote is missing in a list"), is_final=True)
    if _SWALLOWED_KEY.search("".join(read.parts)):
        cursor.fail(_("the end of a quoted string is ambiguous"), is_final=True)


def is_inch_sign(text: str, at: int) -> bool:
    """Return whether a quote follows a number, as in 5" or 3.5"."""
    return bool(_SIZE.search(text[max(0, at - 8) : at]))


def drop_doubled(text: str, at: int, read: StringRead) -> None:
    """Remove a quote that doubles the opening or closing quote of a string."""
    if read.inner != 1:
        return
    whole = "".join(read.parts)
    if read.first_inner == read.start + 1:
        read.parts[:] = [whole[2:]]
    elif read.first_inner == at - 1 and not text[at - 2].isdigit():
        # After digits it is an inch sign.
        read.parts[:] = [whole[:-2]]
    else:
        return
    read.notes.pop(INNER_QUOTES, None)
    read.notes[N_("Removed an extra quote.")] = None


def drop_last_break(text: str, at: int, read: StringRead) -> None:
    """Remove a line break before the closing quote: layout, unless the model escaped it."""
    before = text[read.start + 1 : at]
    content = before.rstrip(" \t\r\n")
    blanks = before[len(content) :]
    if not content or "\n" not in blanks:
        return
    written = "".join(_WRITTEN.get(blank, blank) for blank in blanks)
    read.parts[:] = ["".join(read.parts).removesuffix(written)]
    if "\n" not in content:
        read.notes.pop(LINE_BREAK, None)
    read.notes[N_("Removed a line break at the end of a string.")] = None


def closes_key(cursor: TextEdits, at: int, read: StringRead) -> bool:
    """Return whether a quote of another kind closes a key."""
    mark = cursor.text[at]
    if mark not in QUOTES or mark in "".join(read.parts):
        return False
    if not _COLON.match(cursor.text, at + 1):
        return False
    # Not if the matching quote follows: a key may contain a quote and a colon.
    own = QUOTES[cursor.text[read.start]]
    return not re.compile(rf"[^{own}\n]{{0,80}}[{own}]\s*[:：]").match(cursor.text, at + 1)


def _ends_open_key(cursor: TextEdits, read: StringRead) -> bool:
    if ":" not in "".join(read.parts):
        return False
    found = _LOST_KEY.match(cursor.text, read.start + 1)
    if found is None:
        return False
    _end_at(cursor, read, found.end(), found[1])
    return True


def _end_at(cursor: TextEdits, read: StringRead, end: int, head: str) -> None:
    head = head.rstrip()
    if head[-1:] in QUOTES and head[-1:] != '"' and head.count(head[-1]) == 1:
        # This quote was meant to close the string.
        head = head[:-1]
    read.parts[:] = [head]
    read.notes[CLOSING_QUOTE] = None
    cursor.at = end


def _balance(text: str) -> int:
    return sum(map(text.count, "{[")) - sum(map(text.count, "}]"))
