"""Numbers, literals and unquoted strings."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from tui_chat.core.labels import _
from tui_chat.structured.lossless_json import scalar_text

if TYPE_CHECKING:
    from tui_chat.structured.repair.text_edits import TextEdits

_AFTER: Final = r"""(?=[ \t]*(?:[\n\r,;}\])，｝］"'“#]|/[/*]|\Z))(?!,\d{3}\s*[,}])"""
_NUMBER: Final = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?" + _AFTER)
_LITERAL: Final = re.compile("(?:true|false|null)" + _AFTER)
_IN_LIST: Final = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?(?=,)")
_ENTRY: Final = r"(?:-?\d+(?:\.\d+)?|[Tt]rue|[Ff]alse|null|None)"
_ENTRIES: Final = re.compile(rf'{_ENTRY}(?=[ \t]+(?:{_ENTRY}(?:[ \t]|[,\]]|\Z)|["{{\[]))')
_LITERALS: Final = {
    "true": "true", "false": "false", "null": "null", "none": "null", "undefined": "null",
    "nil": "null",
}  # fmt: skip
_NOT_A_NUMBER: Final = re.compile(r"[-+]?(?:nan|inf|infinity)\Z", re.IGNORECASE)
_HEX: Final = re.compile(r"([-+]?)0[xX]([0-9a-fA-F]+)\Z")
_LOOSE: Final = re.compile(r"([-+]?)(\d*)(?:\.(\d*))?([eE][-+]?\d+)?\Z")
_GROUPED: Final = re.compile(r"[-+]?\d{1,3}(?:[,_]\d{3})+(?:\.\d+)?\Z")
_UNDERSCORES: Final = re.compile(r"[-+]?\d+(?:_\d+)*(?:\.\d+(?:_\d+)*)?\Z")
_NO_EXPONENT: Final = re.compile(r"([-+]?\d+(?:\.\d+)?)[eE][-+]?\Z")
_KEY_AFTER: Final = re.compile(
    r"""(?:(?<=[^\W\d_]\s)|(?<=[^\W\d_]\.\s))(?=["'][\w $.-]{1,80}["']\s*:)"""
)
"""The next key, where the comma before it is missing."""
_STARTED: Final = re.compile(r"-?\d+(?:\.\d+)?")
_ONE_QUOTE: Final = re.compile(r'[^"]*"\Z')
_BIG: Final = re.compile(r"-?(?:0|[1-9]\d*)n\Z")
_SWALLOWED: Final = re.compile(r'["\'][^"\'\n]{1,80}["\']\s*[:=]')
_DIGIT_COMMA: Final = re.compile(r"\d,\Z")
_GROUP: Final = re.compile(r"0\d\d\Z")
_SHORTEST: Final = 2
_BRACKETS_OR_QUOTES: Final = re.compile(r"""[{}\[\]()"'\\:]""")
_BREAK: Final = re.compile(r"[,}\]\n，｝］]|\s//|\s#|/\*")


class BareWordReader:
    """Reads unquoted values for the lenient parser."""

    def __init__(self, cursor: TextEdits) -> None:
        self._cursor = cursor

    def read_plain(self) -> bool:
        """Skip a number or literal that is valid JSON; return whether there is one."""
        cursor = self._cursor
        found = _NUMBER.match(cursor.text, cursor.at) or _LITERAL.match(cursor.text, cursor.at)
        if found is None and cursor.kinds[-1:] != ["{"]:
            # In an object, 1,000 can only be a single number.
            found = _IN_LIST.match(cursor.text, cursor.at)
        if found is None or (found.end() == len(cursor.text) and cursor.kinds):
            return False
        cursor.at = found.end()
        return True

    def read(self, context: str) -> bool | None:
        """Read an unquoted value up to the next structural character.

        Args:
            context: `object`, `array` or `top`.

        Returns:
            Whether it is complete; None when it is cut off before it means anything.
        """
        cursor = self._cursor
        start = cursor.at
        several = _ENTRIES.match(cursor.text, start) if context == "array" else None
        end = several.end() if several else self._end(context)
        word = cursor.text[start:end].rstrip()
        cursor.at = start + len(word)
        if cursor.kinds and end == len(cursor.text):
            return self._cut(start, word)
        if not word:
            cursor.fail(_("a value is missing"))
        if "{" in word or "[" in word:
            cursor.fail(_("an unquoted value contains a bracket"))
        if _SWALLOWED.search(word) or '\\"' in word or _ONE_QUOTE.match(word):
            cursor.fail(_("an unquoted value runs into the next key"))
        if (
            context == "array"
            and _GROUP.match(word)
            and _DIGIT_COMMA.search(cursor.text, max(0, start - 2), start)
        ):
            cursor.fail(_("a comma is ambiguous: inside of a number or between two numbers"))
        replacement, message = _as_json(word)
        if replacement != word:
            cursor.edit(start, cursor.at, replacement, message)
        return True

    def _end(self, context: str) -> int:
        cursor = self._cursor
        at = cursor.at
        while True:
            found = _BREAK.search(cursor.text, at)
            end = found.start() if found else len(cursor.text)
            key = _KEY_AFTER.search(cursor.text, at, end) if context == "object" else None
            if found is None or key:
                return key.start() if key else end
            if found[0] not in {",", "，"} or context != "object":
                return found.start()
            after = cursor.after_space(found.end())
            # A comma inside of the string is followed by more of the string.
            if cursor.mark_at(after) in {"", "}", ",", "]"} or cursor.is_key_at(after):
                return found.start()
            at = found.end()

    def _cut(self, start: int, word: str) -> bool | None:
        """Keep the certain part of a cut-off word: the digits of a number, a complete literal."""
        cursor = self._cursor
        cursor.at = len(cursor.text)
        literal = _LITERALS.get(word.lower())
        number = _STARTED.match(word)
        if literal:
            if literal != word:
                cursor.edit(start, start + len(word), literal, _read_as(word, literal))
            return True
        if number is None:
            return self._cut_word(start, word)
        if number.end() < len(word):
            cursor.edit(
                start + number.end(), cursor.at, "", _("Removed the unfinished end of a number.")
            )
        return False

    def _cut_word(self, start: int, word: str) -> bool | None:
        """Keep the beginning of an unquoted string; None if it may begin a literal or a number."""
        begun = word.lower()
        if len(word) < _SHORTEST or any(name.startswith(begun) for name in _LITERALS):
            return None
        if not word[0].isalpha() or _BRACKETS_OR_QUOTES.search(word):
            return None
        self._cursor.edit(
            start, start + len(word), scalar_text(word), _("Added missing quotes around a string.")
        )
        return False


def _as_json(word: str) -> tuple[str, str]:
    """Return a word as JSON, and the change as a sentence."""
    literal = _LITERALS.get(word.lower())
    if literal:
        return literal, _read_as(word, literal)
    if _NOT_A_NUMBER.match(word):
        return "null", _("Replaced {word}, which is not a JSON number, by null.").format(word=word)
    number = _as_number(word)
    if number:
        return number, _("Wrote {word} as the number {number}.").format(word=word, number=number)
    if word[0].isdigit() or word[0] in "-+.":
        message = _("Kept {word}, which is not a JSON number, as a string.")
        return scalar_text(word), message.format(word=word[:40])
    return scalar_text(word), _("Added missing quotes around a string.")


def _read_as(word: str, literal: str) -> str:
    return _("Read “{word}” as {literal}.").format(word=word, literal=literal)


def _as_number(word: str) -> str | None:
    if _BIG.match(word):
        return word[:-1]
    coded = _HEX.match(word)
    if coded:
        digits = int(coded[2][:1000], 16)
        return f"{'-' if coded[1] == '-' else ''}{digits}"
    if bare := _NO_EXPONENT.match(word):
        word = bare[1]
    if _GROUPED.match(word) or ("_" in word and _UNDERSCORES.match(word)):
        word = word.replace(",", "").replace("_", "")
    loose = _LOOSE.match(word)
    if loose is None or not (loose[2] or loose[3]):
        return None
    sign, whole, part, power = loose.groups()
    if len(whole) > 1 and whole.startswith("0"):
        # 007 and 0431 are more often identifiers than numbers.
        return None
    number = f"{'-' if sign == '-' else ''}{whole or '0'}"
    if part is not None:
        number += f".{part or '0'}"
    return number + (power or "")
