"""Texts in any quotes, made texts of JSON."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from tui_chat.structured.mend_text import QUOTES

if TYPE_CHECKING:
    from tui_chat.structured.mend_text import MendText

_GOOD: Final = re.compile(r'"(?:[^"\\\x00-\x1f]++|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*+"')
_SPECIAL: Final = re.compile(r'[\\"\x00-\x1f\'`´“”„‟‘’‚«»＂＇]')
_KEPT_ESCAPE: Final = re.compile(r'\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})')
_HEX_ESCAPE: Final = re.compile(r"\\(?:x([0-9a-fA-F]{2})|U([0-9a-fA-F]{8}))")
_CONTROLS: Final = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}
_NAMED: Final = {"v": "\\u000b", "0": "\\u0000", "a": "\\u0007"}
_VALUE: Final = re.compile(
    r"""["'“‘`„´«”’＂＇\d{\[\](-]|\.\.\.|…|(?:true|false|null|True|False|None|NaN|undefined)\b|\Z"""
)
_JOINED: Final = re.compile(r"""(["'])(?:[^"'\\\n]|\\.)*\1\s*(?:[,}\]]|\Z)""")
_LOST_QUOTE: Final = re.compile(
    r'([^"\\\n{}\[\]]*?)[”“]?(?=\s*,\s*"[^"\n]{1,80}"\s*:|\s*[}\]]|\s*\n)'
)
_LOST_KEY_QUOTE: Final = re.compile(r"([\w $.-]{1,80}?)[”“’]?(?=\s*:)")


@dataclass(slots=True)
class _Read:
    """A text as it is being read."""

    parts: list[str] = field(default_factory=list)
    words: dict[str, None] = field(default_factory=dict)
    inner: int = 0
    """How many quotes stood within it."""
    is_cut: bool = False


class Strings:
    """Reads the texts of an answer that is mended."""

    def __init__(self, ground: MendText) -> None:
        self._ground = ground

    def read(self, context: str) -> bool:
        """Read the text that begins here, with those joined to it by `+`.

        Args:
            context: Where it stands: `key`, `object` (as a value), `array` or `top`.

        Returns:
            Whether it ends; false when the answer ends within it.
        """
        ground = self._ground
        good = _GOOD.match(ground.text, ground.at)
        start = ground.at
        if good and self._closes(good.end() - 1, context, _Read()):
            ground.at = good.end()
            if self._join_at(ground.at, context) is None:
                return True
            ground.at = start
        read = self._one(context)
        while not read.is_cut and context != "key":
            joined = self._join_at(ground.at, context)
            if joined is None:
                break
            ground.at = joined
            more = self._one(context)
            read.words["Texts that were joined are one text."] = None
            read.words |= more.words
            read.parts += more.parts
            read.is_cut = more.is_cut
        after = '"' + "".join(read.parts) + '"'
        if read.is_cut:
            read.words = {"The text has no end.": None}
        if after != ground.text[start : ground.at]:
            words = " ".join(read.words) or "Other quotes stand for double ones."
            ground.edit(start, ground.at, after, words)
        return not read.is_cut

    def _join_at(self, at: int, context: str) -> int | None:
        """Return where the text begins that is joined to the one that ended at a place."""
        ground = self._ground
        beside = ground.after_space(at)
        if context == "object" and beside > at and _JOINED.match(ground.text, beside):
            return beside
        plus = ground.after_space(at)
        if ground.text[plus : plus + 1] == "+":
            after = ground.after_space(plus + 1)
            return after if ground.text[after : after + 1] in {'"', "'", "`"} else None
        return None

    def _one(self, context: str) -> _Read:
        ground = self._ground
        start, text = ground.at, ground.text
        opener = text[start]
        for fence in ('"""', "'''"):
            if text.startswith(fence, start) and fence in text[start + 3 :]:
                return self._fenced(start, fence, "A text in three quotes.")
        if text.startswith('""', start) and re.match(r"[^\s,:}\]\"]", text[start + 2 : start + 3]):
            return self._fenced(start, '""', "Quotes were doubled.")
        read = _Read()
        if opener != '"':
            read.words["Other quotes stand for double ones."] = None
        at = start + 1
        while True:
            found = _SPECIAL.search(text, at)
            if found is None:
                return self._unclosed(start, context, read, text[at:])
            read.parts.append(text[at : found.start()])
            mark, at = found[0], found.start()
            if mark == "\\":
                at = self._escape(at, read)
                if at >= len(text):
                    return self._unclosed(start, context, read, "")
            elif mark in QUOTES[opener] and self._closes(at, context, read):
                ground.at = at + 1
                return read
            else:
                self._inner(mark, opener, read)
                at += 1

    def _inner(self, mark: str, opener: str, read: _Read) -> None:
        """Keep a quote or a control character within a text."""
        if mark == '"':
            read.parts.append('\\"')
            if opener == '"':
                read.inner += 1
                read.words["Quotes within a text were escaped."] = None
        elif mark < " ":
            read.parts.append(_CONTROLS.get(mark) or f"\\u{ord(mark):04x}")
            words = "A line break" if mark in "\r\n" else "A control character"
            read.words[f"{words} within a text was escaped."] = None
        else:
            read.parts.append(mark)

    def _escape(self, at: int, read: _Read) -> int:
        """Keep or put right an escape, and return the place after it."""
        text = self._ground.text
        kept = _KEPT_ESCAPE.match(text, at)
        if kept:
            read.parts.append(kept[0])
            return kept.end()
        coded = _HEX_ESCAPE.match(text, at)
        if coded:
            code = int(coded[1] or coded[2], 16)
            if code <= 0x10FFFF:
                halves = chr(code).encode("utf-16-be", "surrogatepass").hex()
                for i in range(0, len(halves), 4):
                    read.parts.append(f"\\u{halves[i : i + 4]}")
                read.words["An escape that JSON does not know was rewritten."] = None
                return coded.end()
        escaped = text[at + 1 : at + 2]
        if not escaped or (escaped == "u" and len(text) - at < 6):
            read.is_cut = True
            return len(text)
        if escaped in _NAMED:
            read.parts.append(_NAMED[escaped])
            read.words["An escape that JSON does not know was rewritten."] = None
        elif escaped in QUOTES:
            read.parts.append(escaped)
            read.words["An escape that JSON does not know was rewritten."] = None
        elif escaped == "\n":
            read.words["A line that goes on was joined."] = None
        else:
            read.parts.append("\\\\")
            read.words["A backslash that means nothing was kept as a backslash."] = None
            return at + 1
        return at + 2

    def _fenced(self, start: int, fence: str, words: str) -> _Read:
        """Read a text between quotes of several characters."""
        ground = self._ground
        end = ground.text.find(fence, start + len(fence))
        read = _Read(words={words: None})
        if end < 0:
            ground.fail("a text has no closing quotes")
        at = start + len(fence)
        while at < end:
            found = _SPECIAL.search(ground.text, at, end)
            stop = found.start() if found else end
            read.parts.append(ground.text[at:stop])
            at = stop
            if found and found[0] == "\\":
                at = self._escape(at, read)
            elif found:
                self._inner(found[0], "'", read)
                at += 1
        ground.at = end + len(fence)
        return read

    def _unclosed(self, start: int, context: str, read: _Read, rest: str) -> _Read:
        """Decide where a text ends that has no closing quote."""
        ground = self._ground
        if read.is_cut:
            ground.at = len(ground.text)
            return read
        lost = _LOST_KEY_QUOTE if context == "key" else _LOST_QUOTE
        found = lost.match(ground.text, start + 1) if ground.text[start] == '"' else None
        if found and found[1].strip():
            # Only where nothing follows but what must follow: else it is the answer that ends.
            ground.at = found.end()
            return _Read([found[1].rstrip()], {"A closing quote was missing.": None})
        if read.inner:
            ground.fail("a text in quotes has no clear end")
        read.parts.append(rest)
        read.is_cut = True
        ground.at = len(ground.text)
        return read

    def _closes(self, at: int, context: str, read: _Read) -> bool:
        """Say whether the quote at a place ends the text, or is a part of it."""
        ground = self._ground
        after = ground.after_space(at + 1)
        mark = ground.mark_at(after)
        if not mark or (mark == "+" and context != "key"):
            return True
        if context == "top":
            return True
        if context == "key":
            return mark in ":=,}" or (after > at + 1 and (mark in '"{[' or mark.isdigit()))
        if mark == ",":
            return self._comma_ends(after, context)
        if mark in "}])":
            return self._bracket_ends(mark, after)
        if after == at + 1 or (read.inner % 2 and "\n" not in ground.text[at:after]):
            return False
        if context == "object":
            return ground.is_key_at(after) or bool(_JOINED.match(ground.text, after))
        return mark in QUOTES or mark in "{["

    def _comma_ends(self, comma: int, context: str) -> bool:
        ground = self._ground
        after = ground.after_space(comma + 1)
        if context == "array":
            return bool(_VALUE.match(ground.text, after)) or ground.mark_at(after) in ",]}"
        if ground.mark_at(after) in {"", "}", ",", "]"}:
            return True
        return ground.is_key_at(after) or ground.text.startswith(("...", "…"), after)

    def _bracket_ends(self, mark: str, at: int) -> bool:
        """Say whether a bracket after a quote is one of the structure."""
        ground = self._ground
        if mark == ")":
            return "(" in ground.kinds
        if len(ground.kinds) == 1:
            return True
        after = ground.after_space(at + 1)
        return (
            ground.mark_at(after) in {"", ",", "}", "]", ")", ";", '"'}
            or "\n" in (ground.text[at + 1 : after])
        )
