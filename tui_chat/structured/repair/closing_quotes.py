"""Decides whether a quote closes its string, by what follows it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from tui_chat.core.labels import _
from tui_chat.structured.repair.missing_quotes import is_inch_sign
from tui_chat.structured.repair.text_edits import QUOTES

if TYPE_CHECKING:
    from tui_chat.structured.repair.escapes import StringRead
    from tui_chat.structured.repair.text_edits import TextEdits

_VALUE: Final = re.compile(
    r"""["'“‘`„´«”’＂＇\d{\[\](-]|\.\.\.|…|(?:true|false|null|True|False|None|NaN|undefined)\b
        |(?:[Tt](?:ru?)?|[Ff](?:a|al|als)?|n(?:ul?)?|N(?:on?)?|\Z)\Z""",
    re.VERBOSE,
)
JOINED: Final = re.compile(r"""(["'])(?:[^"'\\\n]|\\.)*\1\s*(?:[,}\]]|\Z)""")
"""A string that ends a value."""
_WORD_AFTER: Final = re.compile(
    r"""\s+-?\d[\d.]*\s*(?:[,\]]|\Z)|\s+[^\W\d_][^"'“”\n,{}\[\]:]{0,80}(?:["”]\s*(?:\]|,\s*["'\d{\[])|\s*(?:\]|,\s*["'\d{\[]))"""
)
"""An entry of a list that is a number, or a string without its opening quote."""
_JOINED_KEY: Final = re.compile(r""""[\w $.-]{1,40}"\s*:\s*(?:["\d{\[-]|true|false|null)""")
_WORDS_BEFORE_KEY: Final = re.compile(r"""[A-Za-z_]\w{0,40}\s+"[\w $.-]{1,80}"\s*:""")
_AFTER_KEY: Final = re.compile(r"""["'`“‘´\d{\[-]|(?:true|false|null|True|False|None)\b""")
_NESTED_END: Final = re.compile(
    r"""[}\]](?:[^"\n,:]{0,20}|,?\ [^\W\d_][^"\n:{}\[\]]{0,200})"\s*(?:[,}\]]|\Z)""", re.VERBOSE
)
"""The end of embedded JSON and of its string, perhaps with prose between them."""
_NEXT_OBJECT: Final = re.compile(r'[{\[]\s*["{\[]')
_KEY_ALONE: Final = re.compile(
    r"""(["'])\w{1,40}\1\s+(?:-?\d[\d.]*\s*[,}\]\n]|(?:true|false|null)\b|[{\[]|"(?:[^"\\\n]|\\.)*"\s*[,}\]\n])
        |["'][\w$-]{1,40}:\s*(?:["{\[\d-]|(?:true|false|null)\b)""",
    re.VERBOSE,
)
"""A key without its colon or its closing quote."""
_ATTRIBUTE: Final = re.compile(r"[\w-]+=")
_NESTED_REACH: Final = 4_000


def closes(cursor: TextEdits, at: int, context: str, read: StringRead) -> bool:
    """Return whether the quote at an offset closes the string."""
    after = cursor.after_space(at + 1)
    mark = cursor.mark_at(after)
    if not mark or context == "top" or (mark == "+" and context != "key"):
        return True
    if read.is_nested and read.depth > 0 and context != "key":
        # It belongs to embedded JSON or code if that ends before the string does.
        reach = cursor.text[at : at + _NESTED_REACH]
        if _NESTED_END.search(reach):
            return False
    if context == "key":
        return mark in ":=,}" or _value_follows_key(cursor, at, after, read)
    if mark == ",":
        return _comma_ends(cursor, after, context, read)
    if mark in "}])":
        return _bracket_ends(cursor, mark, after, read)
    if read.inner % 2 == 0 and _next_follows(cursor, at, context):
        return True
    if after == at + 1 or (read.inner % 2 and "\n" not in cursor.text[at:after]):
        return False
    if context == "object":
        return cursor.is_key_at(after) or bool(JOINED.match(cursor.text, after))
    return mark in QUOTES or mark in "{["


def _value_follows_key(cursor: TextEdits, at: int, after: int, read: StringRead) -> bool:
    """Return whether a quote ends a key whose colon is missing."""
    text = cursor.text
    if read.inner or not _AFTER_KEY.match(text, after) or text[at - 1].isspace():
        return False
    return after > at + 1 or text[after] not in QUOTES


def _next_follows(cursor: TextEdits, at: int, context: str) -> bool:
    """Return whether the next member or entry follows a quote without a comma."""
    text = cursor.text
    if context == "object":
        return bool(_JOINED_KEY.match(text, at + 1))
    # After a blank it opens a quotation.
    opens = text[at - 1].isspace() or is_inch_sign(text, at)
    return not opens and bool(_WORD_AFTER.match(text, at + 1))


def _comma_ends(cursor: TextEdits, comma: int, context: str, read: StringRead) -> bool:
    after = cursor.after_space(comma + 1)
    if context == "array":
        return bool(_VALUE.match(cursor.text, after)) or cursor.mark_at(after) in ",]}"
    if cursor.mark_at(after) in {"", "}", ",", "]"}:
        return True
    if _NEXT_OBJECT.match(cursor.text, after) or _KEY_ALONE.match(cursor.text, after):
        return True
    if read.inner % 2 == 0 and _WORDS_BEFORE_KEY.match(cursor.text, after):
        return True
    if read.has_equals and _ATTRIBUTE.match(cursor.text, after):
        return False
    return cursor.is_key_at(after) or cursor.text.startswith(("...", "…"), after)


def _bracket_ends(cursor: TextEdits, mark: str, at: int, read: StringRead) -> bool:
    """Return whether a bracket after a quote belongs to the structure."""
    if mark == ")":
        return "(" in cursor.kinds
    if read.inner and {"}": "{", "]": "["}[mark] not in cursor.kinds:
        if cursor.mark_at(cursor.after_space(at + 1)) == '"':
            return False
        cursor.fail(_("a closing bracket has no opening bracket"))
    if len(cursor.kinds) == 1:
        return True
    after = cursor.after_space(at + 1)
    return (
        cursor.mark_at(after) in {"", ",", "}", "]", ")", ";", '"'}
        or bool(_NEXT_OBJECT.match(cursor.text, after))
        or "\n" in (cursor.text[at + 1 : after])
    )
