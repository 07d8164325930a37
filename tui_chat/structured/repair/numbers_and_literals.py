"""Numbers, literals and texts without quotes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

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
_UNDERSCORES: Final = re.compile(r"[-+]?\d+(?:_\d+)+\Z")
_STARTED: Final = re.compile(r"-?\d+(?:\.\d+)?")
_ONE_QUOTE: Final = re.compile(r'[^"]*"\Z')
_BIG: Final = re.compile(r"-?(?:0|[1-9]\d*)n\Z")
_SWALLOWED: Final = re.compile(r'["\'][^"\'\n]{1,80}["\']\s*[:=]')
_DIGIT_COMMA: Final = re.compile(r"\d,\Z")
_GROUP: Final = re.compile(r"0\d\d\Z")
_BREAK: Final = re.compile(r"[,}\]\n，｝］]|\s//|\s#|/\*")


class Words:
    """Reads what stands without quotes in an answer that is mended."""

    def __init__(self, ground: TextEdits) -> None:
        self._ground = ground

    def read_plain(self) -> bool:
        """Go past a number or a literal that is JSON already; say whether there was one."""
        ground = self._ground
        found = _NUMBER.match(ground.text, ground.at) or _LITERAL.match(ground.text, ground.at)
        if found is None and ground.kinds[-1:] != ["{"]:
            # In an object, 1,000 can only be one number.
            found = _IN_LIST.match(ground.text, ground.at)
        if found is None or (found.end() == len(ground.text) and ground.kinds):
            return False
        ground.at = found.end()
        return True

    def read(self, context: str) -> bool | None:
        """Read what stands here up to the next mark of the structure.

        Args:
            context: `object` or `array` or `top`.

        Returns:
            Whether it ends; false when the answer ends within it, None when what there is of it
            says nothing yet.
        """
        ground = self._ground
        start = ground.at
        several = _ENTRIES.match(ground.text, start) if context == "array" else None
        end = several.end() if several else self._end(context)
        word = ground.text[start:end].rstrip()
        ground.at = start + len(word)
        if ground.kinds and end == len(ground.text):
            return self._cut(start, word)
        if not word:
            ground.fail("a value is missing")
        if _SWALLOWED.search(word) or '\\"' in word or _ONE_QUOTE.match(word):
            ground.fail("a value without quotes runs into the next key")
        if (
            context == "array"
            and _GROUP.match(word)
            and _DIGIT_COMMA.search(ground.text, max(0, start - 2), start)
        ):
            ground.fail("a comma stands within a number or between two")
        after, words = _as_json(word)
        if after != word:
            ground.edit(start, ground.at, after, words)
        return True

    def _end(self, context: str) -> int:
        ground = self._ground
        at = ground.at
        while True:
            found = _BREAK.search(ground.text, at)
            if found is None:
                return len(ground.text)
            if found[0] not in {",", "，"} or context != "object":
                return found.start()
            after = ground.after_space(found.end())
            # A comma in the words themselves is followed by more of them.
            if ground.mark_at(after) in {"", "}", ",", "]"} or ground.is_key_at(after):
                return found.start()
            at = found.end()

    def _cut(self, start: int, word: str) -> bool | None:
        """Keep of an unfinished word what is certain: the digits of a number, a whole literal."""
        ground = self._ground
        ground.at = len(ground.text)
        literal = _LITERALS.get(word.lower())
        number = _STARTED.match(word)
        if literal:
            if literal != word:
                ground.edit(start, start + len(word), literal, f"“{word}” is read as {literal}.")
            return True
        if number is None:
            return None
        if number.end() < len(word):
            ground.edit(start + number.end(), ground.at, "", "A number has no end.")
        return False


def _as_json(word: str) -> tuple[str, str]:
    """Return a word as JSON, and what was done to it."""
    literal = _LITERALS.get(word.lower())
    if literal:
        return literal, f"“{word}” is read as {literal}."
    if _NOT_A_NUMBER.match(word):
        return "null", f"{word} is no number of JSON; null stands for it."
    number = _as_number(word)
    if number:
        return number, f"{word} is written as the number {number}."
    if word[0].isdigit() or word[0] in "-+.":
        return scalar_text(word), f"{word[:40]} is no number of JSON; it is kept as a text."
    return scalar_text(word), "A text had no quotes."


def _as_number(word: str) -> str | None:
    if _BIG.match(word):
        return word[:-1]
    coded = _HEX.match(word)
    if coded:
        digits = int(coded[2][:1000], 16)
        return f"{'-' if coded[1] == '-' else ''}{digits}"
    if _GROUPED.match(word) or _UNDERSCORES.match(word):
        word = word.replace(",", "").replace("_", "")
    loose = _LOOSE.match(word)
    if loose is None or not (loose[2] or loose[3]):
        return None
    sign, whole, part, power = loose.groups()
    if len(whole) > 1 and whole.startswith("0"):
        # 007 and 0431 are names more often than numbers.
        return None
    number = f"{'-' if sign == '-' else ''}{whole or '0'}"
    if part is not None:
        number += f".{part or '0'}"
    return number + (power or "")
