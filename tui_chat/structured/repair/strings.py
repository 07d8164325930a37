"""Texts in any quotes, made texts of JSON."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from tui_chat.structured.repair.escapes import StringRead, drop_half, is_folder, read_escape
from tui_chat.structured.repair.missing_quotes import (
    closes_key,
    drop_doubled,
    ends_before,
    ends_in_list,
)
from tui_chat.structured.repair.text_edits import QUOTES

if TYPE_CHECKING:
    from tui_chat.structured.repair.text_edits import TextEdits

_GOOD: Final = re.compile(r'"(?:[^"\\\x00-\x1f]++|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*+"')
_SPECIAL: Final = re.compile(r'[\\"\x00-\x1f\'`´“”„‟‘’‚«»＂＇]')
_CONTROLS: Final = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}
_VALUE: Final = re.compile(
    r"""["'“‘`„´«”’＂＇\d{\[\](-]|\.\.\.|…|(?:true|false|null|True|False|None|NaN|undefined)\b
        |(?:[Tt](?:ru?)?|[Ff](?:a|al|als)?|n(?:ul?)?|N(?:on?)?|\Z)\Z""",
    re.VERBOSE,
)
_JOINED: Final = re.compile(r"""(["'])(?:[^"'\\\n]|\\.)*\1\s*(?:[,}\]]|\Z)""")
_LOST_QUOTE: Final = re.compile(
    r'([^"\\\n{}\[\]]*?)[”“]?(?=\s*,\s*"[^"\n]{1,80}"\s*:|\s*[}\]]|\s*\n)'
)
_JOINED_IN_BRACKETS: Final = re.compile(r"""(["'])(?:[^"'\\\n]|\\.)*\1""")
_DOUBLED: Final = re.compile(r'""[^\s,:}\]"][^"]*""')
_ENDS_ESCAPED: Final = re.compile(
    r'\\"\s*(?:(?:[}\]]\s*){1,200},\s*["{\[]|,\s*"[^"\\\n]{1,80}"\s*:)'
)
"""An escaped quote behind which stands what follows a closing one."""
_FOLDER_ENDS: Final = re.compile(r'\\"\s*(?:,\s*"|(?:[}\]]\s*){1,200}\Z)')
_NESTED_END: Final = re.compile(r'[}\]][^"\n,:]{0,20}"\s*(?:[,}\]]|\Z)')
_OPENS_NESTED: Final = re.compile(r'"[\w$"{\[]')
_NEXT_OBJECT: Final = re.compile(r'[{\[]\s*["{\[]')
_KEY_ALONE: Final = re.compile(
    r"""(["'])\w{1,40}\1\s+(?:-?\d[\d.]*\s*[,}\]\n]|(?:true|false|null)\b|[{\[]|"(?:[^"\\\n]|\\.)*"\s*[,}\]\n])
        |["'][\w$-]{1,40}:\s*(?:["{\[\d-]|(?:true|false|null)\b)""",
    re.VERBOSE,
)
"""A key without its colon, or without its closing quote."""
_ATTRIBUTE: Final = re.compile(r"[\w-]+=")
_NESTED_REACH: Final = 4_000
_OTHER_CLOSE: Final = re.compile(
    r"""([^"\\\n{}\[\]]*)"(?=\s*(?:[}\]]|,\s*["'{\[\d]|,\s*[\w$]+\s*:))"""
)
_LOST_KEY_QUOTE: Final = re.compile(r"([\w $.-]{1,80}?)[”“’]?(?=\s*:)")


class Strings:
    """Reads the texts of an answer that is mended."""

    def __init__(self, ground: TextEdits) -> None:
        self._ground = ground

    def read(self, context: str) -> bool:
        """Read the text that begins here, with those joined to it by `+`.

        Args:
            context: Where it stands: `key`, `object` (as a value), `array` or `top`.

        Returns:
            Whether it ends; false when the answer ends within it.
        """
        ground = self._ground
        start = ground.at
        good = _GOOD.match(ground.text, start)
        if good and self._closes(good.end() - 1, context, StringRead(start)):
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
            read.notes["Texts that were joined are one text."] = None
            read.notes |= more.notes
            read.parts += more.parts
            read.is_cut = more.is_cut
        after = '"' + "".join(read.parts) + '"'
        if read.is_cut:
            read.notes = {"The text has no end.": None}
        if after != ground.text[start : ground.at]:
            words = " ".join(read.notes) or "Other quotes stand for double ones."
            ground.edit(start, ground.at, after, words)
        return not read.is_cut

    def _join_at(self, at: int, context: str) -> int | None:
        """Return where the text begins that is joined to the one that ended at a place."""
        ground = self._ground
        beside = ground.after_space(at)
        if context == "object" and beside > at and _JOINED.match(ground.text, beside):
            return beside
        if ground.kinds[-1:] == ["("] and _JOINED_IN_BRACKETS.match(ground.text, beside):
            return beside
        plus = ground.after_space(at)
        if ground.text[plus : plus + 1] == "+":
            after = ground.after_space(plus + 1)
            return after if ground.text[after : after + 1] in {'"', "'", "`"} else None
        return None

    def _one(self, context: str) -> StringRead:
        ground = self._ground
        start, text = ground.at, ground.text
        opener = text[start]
        for fence in ('"""', "'''"):
            if text.startswith(fence, start) and fence in text[start + 3 :]:
                return self._fenced(start, fence, "A text in three quotes.")
        if _DOUBLED.match(text, start):
            return self._fenced(start, '""', "Quotes were doubled.")
        read = StringRead(start)
        if opener != '"':
            read.notes["Other quotes stand for double ones."] = None
        at: int | None = start + 1
        while at is not None:
            found = _SPECIAL.search(text, at)
            if found is None:
                return self._unclosed(start, context, read, text[at:])
            read.put(text[at : found.start()])
            at = self._special(found, context, read)
        return read

    def _special(self, found: re.Match[str], context: str, read: StringRead) -> int | None:
        """Read a mark within a text and return the place after it; None if the text ended."""
        ground, mark, at = self._ground, found[0], found.start()
        opener = ground.text[read.start]
        if mark == "\\":
            if context != "key" and self._ends_escaped(at, read):
                ground.at = at + 2
                return None
            return read_escape(ground.text, at, read)
        if mark in QUOTES[opener] and self._closes(at, context, read):
            if context == "array" and ends_in_list(ground, read):
                return None
            drop_doubled(ground.text, at, read)
            ground.at = at + 1
            return None
        if context == "key" and closes_key(ground, at, read):
            read.notes["The quote that closes a key was another."] = None
            ground.at = at + 1
            return None
        if mark in "\"'" and opener == '"' and ends_before(ground, at, context, read):
            return None
        self._note_inner(at, read)
        self._inner(mark, opener, read)
        return at + 1

    def _note_inner(self, at: int, read: StringRead) -> None:
        """Note what a quote says that stands within a text."""
        ground = self._ground
        if not ground.text[at] == ground.text[read.start] == '"':
            return
        read.first_inner = at if read.inner == 0 else read.first_inner
        read.has_comma = read.has_comma or ground.mark_at(ground.after_space(at + 1)) == ","
        before = ground.text[max(read.start + 1, at - 20) : at].rstrip()[-1:]
        if before in {"{", "["} and _OPENS_NESTED.match(ground.text, at):
            read.is_nested = True
        read.has_equals = read.has_equals or before == "="

    def _ends_escaped(self, at: int, read: StringRead) -> bool:
        """Say whether the quote that closes a text was escaped, and end the text there.

        The model wrote a folder with its last backslash, or escaped one quote too many. Where
        another escaped quote waits for this one, it belongs to the text.
        """
        text = self._ground.text
        if text[read.start] != '"':
            return False
        in_folder = is_folder(text, read.start)
        ends = _ENDS_ESCAPED.match(text, at) or (in_folder and _FOLDER_ENDS.match(text, at))
        if read.escaped % 2 or read.inner % 2 or not ends:
            return False
        if in_folder:
            read.parts.append("\\\\")
            read.notes["The last backslash was kept as a backslash."] = None
        else:
            read.notes["An escaped quote closes the text."] = None
        return True

    def _inner(self, mark: str, opener: str, read: StringRead) -> None:
        """Keep a quote or a control character within a text."""
        if mark == '"':
            read.parts.append('\\"')
            if opener == '"':
                read.inner += 1
                read.notes["Quotes within a text were escaped."] = None
        elif mark < " ":
            read.parts.append(_CONTROLS.get(mark) or f"\\u{ord(mark):04x}")
            words = "A line break" if mark in "\r\n" else "A control character"
            read.notes[f"{words} within a text was escaped."] = None
        else:
            read.parts.append(mark)

    def _fenced(self, start: int, fence: str, words: str) -> StringRead:
        """Read a text between quotes of several characters."""
        ground = self._ground
        end = ground.text.find(fence, start + len(fence))
        read = StringRead(notes={words: None})
        if end < 0:
            ground.fail("a text has no closing quotes")
        at = start + len(fence)
        while at < end:
            found = _SPECIAL.search(ground.text, at, end)
            stop = found.start() if found else end
            read.parts.append(ground.text[at:stop])
            at = stop
            if found and found[0] == "\\":
                at = read_escape(ground.text, at, read)
            elif found:
                self._inner(found[0], "'", read)
                at += 1
        ground.at = end + len(fence)
        return read

    def _unclosed(self, start: int, context: str, read: StringRead, rest: str) -> StringRead:
        """Decide where a text ends that has no closing quote."""
        ground = self._ground
        if read.is_cut:
            drop_half(read)
            ground.at = len(ground.text)
            return read
        other = None if ground.text[start] == '"' else _OTHER_CLOSE.match(ground.text, start + 1)
        if other and context != "key":
            ground.at = other.end()
            words = "The quote that closes a text was another than the one that opens it."
            return StringRead(start, [other[1]], {words: None})
        lost = _LOST_KEY_QUOTE if context == "key" else _LOST_QUOTE
        found = lost.match(ground.text, start + 1) if ground.text[start] == '"' else None
        if found and found[1].strip():
            # Only where nothing follows but what must follow: else it is the answer that ends.
            ground.at = found.end()
            words = "A closing quote was missing."
            return StringRead(start, [found[1].rstrip()], {words: None})
        if read.inner:
            ground.fail("a text in quotes has no clear end")
        if not rest:
            drop_half(read)
        read.parts.append(rest)
        read.is_cut = True
        ground.at = len(ground.text)
        return read

    def _closes(self, at: int, context: str, read: StringRead) -> bool:
        """Say whether the quote at a place ends the text, or is a part of it."""
        ground = self._ground
        after = ground.after_space(at + 1)
        mark = ground.mark_at(after)
        if not mark or (mark == "+" and context != "key"):
            return True
        if context == "top":
            return True
        if read.is_nested and read.depth > 0 and context != "key":
            # Of the JSON or code in it, if that ends before the text does.
            reach = ground.text[at : at + _NESTED_REACH]
            if _NESTED_END.search(reach):
                return False
        if context == "key":
            return mark in ":=,}" or (after > at + 1 and (mark in '"{[' or mark.isdigit()))
        if mark == ",":
            return self._comma_ends(after, context, read)
        if mark in "}])":
            return self._bracket_ends(mark, after, read)
        if after == at + 1 or (read.inner % 2 and "\n" not in ground.text[at:after]):
            return False
        if context == "object":
            return ground.is_key_at(after) or bool(_JOINED.match(ground.text, after))
        return mark in QUOTES or mark in "{["

    def _comma_ends(self, comma: int, context: str, read: StringRead) -> bool:
        ground = self._ground
        after = ground.after_space(comma + 1)
        if context == "array":
            return bool(_VALUE.match(ground.text, after)) or ground.mark_at(after) in ",]}"
        if ground.mark_at(after) in {"", "}", ",", "]"}:
            return True
        if _NEXT_OBJECT.match(ground.text, after) or _KEY_ALONE.match(ground.text, after):
            return True
        if read.has_equals and _ATTRIBUTE.match(ground.text, after):
            return False
        return ground.is_key_at(after) or ground.text.startswith(("...", "…"), after)

    def _bracket_ends(self, mark: str, at: int, read: StringRead) -> bool:
        """Say whether a bracket after a quote is one of the structure."""
        ground = self._ground
        if mark == ")":
            return "(" in ground.kinds
        if read.inner and {"}": "{", "]": "["}[mark] not in ground.kinds:
            if ground.mark_at(ground.after_space(at + 1)) == '"':
                return False
            ground.fail("a bracket closes what was not opened")
        if len(ground.kinds) == 1:
            return True
        after = ground.after_space(at + 1)
        return (
            ground.mark_at(after) in {"", ",", "}", "]", ")", ";", '"'}
            or bool(_NEXT_OBJECT.match(ground.text, after))
            or "\n" in (ground.text[at + 1 : after])
        )
