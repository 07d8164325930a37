"""Strings in any kind of quotes, converted to JSON strings."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from tui_chat.core.labels import N_, _, join_sentences
from tui_chat.structured.repair.closing_quotes import JOINED, closes
from tui_chat.structured.repair.escapes import (
    StringRead,
    drop_half,
    is_folder,
    may_be_formula,
    read_escape,
)
from tui_chat.structured.repair.missing_quotes import (
    CLOSING_QUOTE,
    INNER_QUOTES,
    LINE_BREAK,
    closes_key,
    drop_doubled,
    drop_last_break,
    ends_before,
    ends_in_list,
    reject_lone_quote,
)
from tui_chat.structured.repair.text_edits import QUOTES

if TYPE_CHECKING:
    from tui_chat.structured.repair.text_edits import TextEdits

_GOOD: Final = re.compile(r'"(?:[^"\\\x00-\x1f]++|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*+"')
_SPECIAL: Final = re.compile(r'[\\"\x00-\x1f\'`´“”„‟‘’‚«»＂＇]')
_CONTROLS: Final = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}
_LOST_QUOTE: Final = re.compile(
    r'([^"\\\n{}\[\]]*?)[”“]?(?=\s*,\s*"[^"\n]{1,80}"\s*:|\s*[}\]]|\s*\n)'
)
_JOINED_IN_BRACKETS: Final = re.compile(r"""(["'])(?:[^"'\\\n]|\\.)*\1""")
_DOUBLED: Final = re.compile(
    r"""""[^\s,:}\]"][^"]*""|''[^\s,:}\]'"][^'"\n]{0,200}''(?=\s*[,:}\]])"""
)
_KEY_IN_IT: Final = re.compile(r",\s*[A-Za-z_]\w{0,60}\s*:")
_ENDS_ESCAPED: Final = re.compile(
    r'\\"\s*(?:(?:[}\]]\s*){1,200},\s*["{\[]|,\s*"[^"\\\n]{1,80}"\s*:)'
)
"""An escaped quote followed by what normally follows a closing quote."""
_FOLDER_ENDS: Final = re.compile(r'\\"\s*(?:,\s*"|(?:[}\]]\s*){1,200}\Z)')
_OPENS_NESTED: Final = re.compile(r'"[\w$"{\[]')
_OTHER_CLOSE: Final = re.compile(
    r"""([^"\\\n{}\[\]]*)"(?=\s*(?:[}\]]|,\s*["'{\[\d]|,\s*[\w$]+\s*:))"""
)
_OTHER_QUOTES: Final = N_("Replaced other quotes by double quotes.")
_CONTROL_CHARACTER: Final = N_("Escaped a control character inside of a string.")
_LOST_KEY_QUOTE: Final = re.compile(r"([\w $.-]{1,80}?)[”“’]?(?=\s*:)")


class StringReader:
    """Reads strings for the lenient parser."""

    def __init__(self, cursor: TextEdits) -> None:
        self._cursor = cursor

    def read(self, context: str) -> bool:
        """Read the string at the cursor, and those concatenated to it with `+`.

        Args:
            context: `key`, `object` (a value), `array` or `top`.

        Returns:
            Whether the string is complete.
        """
        cursor = self._cursor
        start = cursor.at
        good = _GOOD.match(cursor.text, start)
        is_plain = good and not may_be_formula(cursor.text, start, good.end())
        if good and is_plain and closes(cursor, good.end() - 1, context, StringRead(start)):
            cursor.at = good.end()
            if self._join_at(cursor.at, context) is None:
                return True
            cursor.at = start
        read = self._one(context)
        while not read.is_cut and context != "key":
            joined = self._join_at(cursor.at, context)
            if joined is None:
                break
            cursor.at = joined
            more = self._one(context)
            read.notes[N_("Joined concatenated strings.")] = None
            read.notes |= more.notes
            read.parts += more.parts
            read.is_cut = more.is_cut
        after = '"' + "".join(read.parts) + '"'
        if read.is_cut:
            read.notes = {N_("Closed a string that was cut off."): None}
        if after != cursor.text[start : cursor.at]:
            notes = read.notes or {_OTHER_QUOTES: None}
            cursor.edit(start, cursor.at, after, join_sentences(*(_(note) for note in notes)))
        return not read.is_cut

    def _join_at(self, at: int, context: str) -> int | None:
        """Return where the string begins that is concatenated to the one before an offset."""
        cursor = self._cursor
        beside = cursor.after_space(at)
        if context == "object" and beside > at and JOINED.match(cursor.text, beside):
            return beside
        if cursor.kinds[-1:] == ["("] and _JOINED_IN_BRACKETS.match(cursor.text, beside):
            return beside
        plus = cursor.after_space(at)
        if cursor.text[plus : plus + 1] == "+":
            after = cursor.after_space(plus + 1)
            return after if cursor.text[after : after + 1] in {'"', "'", "`"} else None
        return None

    def _one(self, context: str) -> StringRead:
        cursor = self._cursor
        start, text = cursor.at, cursor.text
        opener = text[start]
        for fence in ('"""', "'''"):
            if text.startswith(fence, start) and fence in text[start + 3 :]:
                return self._fenced(start, fence, N_("Converted a triple-quoted string."))
        if _DOUBLED.match(text, start):
            return self._fenced(start, opener * 2, N_("Removed doubled quotes."))
        read = StringRead(start)
        if opener != '"':
            read.notes[_OTHER_QUOTES] = None
        at: int | None = start + 1
        while at is not None:
            found = _SPECIAL.search(text, at)
            if found is None:
                return self._unclosed(start, context, read, text[at:])
            read.put(text[at : found.start()])
            at = self._special(found, context, read)
        return read

    def _special(self, found: re.Match[str], context: str, read: StringRead) -> int | None:
        """Read a special character in a string; return the offset after it, None at its end."""
        cursor, mark, at = self._cursor, found[0], found.start()
        opener = cursor.text[read.start]
        if mark == "\\":
            if context != "key" and self._ends_escaped(at, read):
                cursor.at = at + 2
                return None
            return read_escape(cursor.text, at, read)
        if mark in QUOTES[opener] and closes(cursor, at, context, read):
            if context == "array" and ends_in_list(cursor, read):
                return None
            drop_doubled(cursor.text, at, read)
            drop_last_break(cursor.text, at, read)
            reject_lone_quote(cursor, context, read)
            cursor.at = at + 1
            return None
        if context == "key" and closes_key(cursor, at, read):
            read.notes[N_("Replaced the closing quote of a key.")] = None
            cursor.at = at + 1
            return None
        may_open = opener in {'"', mark}
        if mark in "\"'" and may_open and ends_before(cursor, at, context, read):
            return None
        self._note_inner(at, read)
        self._inner(mark, opener, read)
        return at + 1

    def _note_inner(self, at: int, read: StringRead) -> None:
        """Record the context of a quote inside of a string."""
        cursor = self._cursor
        if not cursor.text[at] == cursor.text[read.start] == '"':
            return
        read.first_inner = at if read.inner == 0 else read.first_inner
        read.has_comma = read.has_comma or cursor.mark_at(cursor.after_space(at + 1)) == ","
        before = cursor.text[max(read.start + 1, at - 20) : at].rstrip()[-1:]
        if before in {"{", "["} and _OPENS_NESTED.match(cursor.text, at):
            read.is_nested = True
        read.has_equals = read.has_equals or before == "="

    def _ends_escaped(self, at: int, read: StringRead) -> bool:
        """End a string at an escaped quote if that is its closing quote; return whether it is.

        Either the string is a path with a trailing backslash, or the model escaped one quote too
        many. An escaped quote that pairs with an earlier one belongs to the string.
        """
        text = self._cursor.text
        if text[read.start] != '"':
            return False
        in_folder = is_folder(text, read.start)
        ends = _ENDS_ESCAPED.match(text, at) or (in_folder and _FOLDER_ENDS.match(text, at))
        if read.escaped % 2 or read.inner % 2 or not ends:
            return False
        if in_folder:
            read.parts.append("\\\\")
            read.notes[N_("Escaped a trailing backslash.")] = None
        else:
            read.notes[N_("Read an escaped quote as the closing quote.")] = None
        return True

    def _inner(self, mark: str, opener: str, read: StringRead) -> None:
        """Append a quote or a control character inside of a string."""
        if mark == '"':
            read.parts.append('\\"')
            if opener == '"':
                read.inner += 1
                read.notes[INNER_QUOTES] = None
        elif mark < " ":
            read.parts.append(_CONTROLS.get(mark) or f"\\u{ord(mark):04x}")
            is_break = mark in "\r\n"
            read.notes[LINE_BREAK if is_break else _CONTROL_CHARACTER] = None
        else:
            read.parts.append(mark)

    def _fenced(self, start: int, fence: str, note: str) -> StringRead:
        """Read a string in delimiters of several characters."""
        cursor = self._cursor
        end = cursor.text.find(fence, start + len(fence))
        read = StringRead(notes={note: None})
        if end < 0:
            cursor.fail(_("a string has no closing quotes"))
        at = start + len(fence)
        while at < end:
            found = _SPECIAL.search(cursor.text, at, end)
            stop = found.start() if found else end
            read.parts.append(cursor.text[at:stop])
            at = stop
            if found and found[0] == "\\":
                at = read_escape(cursor.text, at, read)
            elif found:
                self._inner(found[0], "'", read)
                at += 1
        cursor.at = end + len(fence)
        return read

    def _unclosed(self, start: int, context: str, read: StringRead, rest: str) -> StringRead:
        """Decide where a string without a closing quote ends."""
        cursor = self._cursor
        if read.is_cut:
            drop_half(read)
            cursor.at = len(cursor.text)
            return read
        other = None if cursor.text[start] == '"' else _OTHER_CLOSE.match(cursor.text, start + 1)
        if other and context != "key":
            cursor.at = other.end()
            return StringRead(start, [other[1]], {N_("Replaced the closing quote."): None})
        lost = _LOST_KEY_QUOTE if context == "key" else _LOST_QUOTE
        found = lost.match(cursor.text, start + 1) if cursor.text[start] == '"' else None
        if found and context == "array" and "," in found[1]:
            cursor.fail(_("a quote is missing in a list"), is_final=True)
        if found and context == "object" and _KEY_IN_IT.search(found[1]):
            cursor.fail(_("the end of a quoted string is ambiguous"), is_final=True)
        if found and found[1].strip():
            # Only where the expected structure follows; otherwise the reply ends here.
            cursor.at = found.end()
            return StringRead(start, [found[1].rstrip()], {CLOSING_QUOTE: None})
        if read.inner:
            cursor.fail(_("the end of a quoted string is ambiguous"))
        if not rest:
            drop_half(read)
        read.parts.append(rest)
        read.is_cut = True
        cursor.at = len(cursor.text)
        return read
