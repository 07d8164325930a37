"""Quotes that a model lost, doubled or mixed up: where a text ends although none closes it.

A text that swallows the keys behind it would be the worst that can happen: it looks repaired. So
every quote within a text is asked whether it rather begins the next key.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from tui_chat.structured.repair.text_edits import QUOTES

if TYPE_CHECKING:
    from tui_chat.structured.repair.escapes import StringRead
    from tui_chat.structured.repair.text_edits import TextEdits

_KEY_HERE: Final = re.compile(r"""["'][^"'\\\n]{1,80}["']\s*[:：]""")
_BLANK: Final = r"(?:\s|\\[nrt])*+"
_BETWEEN: Final = re.compile(rf"{_BLANK}((?:[}}\]]{_BLANK}){{0,200}}),{_BLANK}[{{\[]?{_BLANK}\Z")
"""What stands between two members, its line breaks as they are or escaped."""
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
"""A text without its opening quote; in an object it may hold commas."""
_ESCAPED_QUOTES: Final = re.compile(r'\\"((?:[^"\\\n]|\\[^"\n])*)\\"(?=\s*[,}\]])')
_LOOKED_BACK: Final = 200
BARE_KEY: Final = "had no quotes."
_LOST: Final = "A closing quote was missing."


def find_lost_quote(ground: TextEdits) -> bool:
    """Read a text whose opening quote was lost, or both of whose quotes are escaped."""
    if not ground.kinds:
        return False
    lost = _LOST_OPENING[ground.kinds[-1]].match(ground.text, ground.at)
    found = lost or _ESCAPED_QUOTES.match(ground.text, ground.at)
    if found is None:
        return False
    if lost and ground.edits and ground.edits[-1].message.endswith(BARE_KEY):
        # What looks like a key may be a word of the text that it would open.
        ground.fail("a text has one quote only")
    words = "An opening quote was missing." if lost else "The quotes of a text were escaped."
    ground.edit(ground.at, found.end(), f'"{found[1]}"', words)
    ground.at = found.end()
    return True


def ends_before(ground: TextEdits, at: int, context: str, read: StringRead) -> bool:
    """Say whether a text has lost its closing quote before the quote at a place, and end it there.

    Raises:
        CannotRepairText: A key stands where a value should be.
    """
    text = ground.text
    if context == "key":
        return _is_begun_key(ground, read)
    if read.is_nested and read.depth > 0:
        return False
    if not read.inner and _VALUE_OF_KEY.match(text, at) and text[read.start] == '"':
        ground.fail("a key stands where a value should be")
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
        # It depends on how many quotes are still to come.
        read.lost = read.lost or (end, head)
        return False
    if not _KEY_HERE.match(text, at):
        return False
    closers = "".join(between[1].split())
    while closers and _balance(head) > 0:
        # They belong to the text.
        end, head, closers = text.index(closers[0], end) + 1, head + closers[0], closers[1:]
    if (between[1].strip() and (not closers or _balance(head))) or _VALUE_OF_KEY.search(head):
        ground.fail("a text in quotes has no clear end")
    _end_at(ground, read, end, head)
    return True


def ends_in_list(ground: TextEdits, read: StringRead) -> bool:
    """Say whether an entry of a list has lost its closing quote before a comma, and end it there.

    One quote too few stands in it then.

    Raises:
        CannotRepairText: A quote is missing, and it is not seen which.
    """
    if read.inner % 2 and read.lost is not None:
        _end_at(ground, read, *read.lost)
        return True
    if read.inner % 2 and read.has_comma:
        ground.fail("a quote in a list is missing")
    return False


def drop_doubled(text: str, at: int, read: StringRead) -> None:
    """Leave out a quote that doubles the one that opens or closes a text at a place."""
    if read.inner != 1:
        return
    whole = "".join(read.parts)
    if read.first_inner == read.start + 1:
        read.parts[:] = [whole[2:]]
    elif read.first_inner == at - 1 and not text[at - 2].isdigit():
        # Behind digits it is an inch.
        read.parts[:] = [whole[:-2]]
    else:
        return
    read.notes.pop("Quotes within a text were escaped.", None)
    read.notes["A quote too many was left out."] = None


def closes_key(ground: TextEdits, at: int, read: StringRead) -> bool:
    """Say whether a quote of another kind closes a key."""
    mark = ground.text[at]
    if mark not in QUOTES or mark in "".join(read.parts):
        return False
    if not _COLON.match(ground.text, at + 1):
        return False
    # Unless the right one stands behind it: a key may hold a quote and a colon.
    own = QUOTES[ground.text[read.start]]
    return not re.compile(rf"[^{own}\n]{{0,80}}[{own}]\s*[:：]").match(ground.text, at + 1)


def _is_begun_key(ground: TextEdits, read: StringRead) -> bool:
    if ":" not in "".join(read.parts):
        return False
    found = _LOST_KEY.match(ground.text, read.start + 1)
    if found is None:
        return False
    _end_at(ground, read, found.end(), found[1])
    return True


def _end_at(ground: TextEdits, read: StringRead, end: int, head: str) -> None:
    head = head.rstrip()
    if head[-1:] in QUOTES and head[-1:] != '"' and head.count(head[-1]) == 1:
        # It was meant to close the text.
        head = head[:-1]
    read.parts[:] = [head]
    read.notes[_LOST] = None
    ground.at = end


def _balance(text: str) -> int:
    return sum(map(text.count, "{[")) - sum(map(text.count, "}]"))
