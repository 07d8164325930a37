"""The mender: rewrites what is nearly JSON into JSON, edit by edit, and never guesses.

It knows the ways in which models leave JSON: comments, other quotes, missing and extra commas,
literals of Python, JSON5, texts joined with +, an end that is missing. Whatever it reads it keeps
to the digit; it refuses anything ambiguous (CannotRepairText). It takes linear time, and its
result is read strictly afterwards, so that a mistake of its own cannot pass.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from tui_chat.structured.lossless_json import DEEPEST
from tui_chat.structured.repair.missing_quotes import BARE_KEY, find_lost_quote
from tui_chat.structured.repair.numbers_and_literals import Words
from tui_chat.structured.repair.strings import Strings
from tui_chat.structured.repair.text_edits import QUOTES, CannotRepairText, Edit, TextEdits

if TYPE_CHECKING:
    from tui_chat.structured.verdict import Path

_BARE_KEY: Final = re.compile(r"[^\s:：=,{}\[\]\"'“”]+")
_CALL: Final = re.compile(r"(?:new\s+)?[A-Za-z_][\w.]*\s*\(")
_PREFIX: Final = re.compile(
    r"""(?:[bBuU]|[rR](?=(["'])[^\\"']*\1)|[fF](?=(["'])[^\\"'{}]*\2))(?=["'])"""
)
_WITH_PLACES: Final = re.compile(r"""[fF](["'])[^"'\n]*\{[^"'\n]*\1""")
_ELLIPSIS: Final = re.compile(r"(?:\.{3}|…)[^\S\n]*,?")
_REACH: Final = 100_000
_TUPLE: Final = "A tuple is read as a list."
_CLOSERS: Final = {"{": "}", "[": "]", "(": "]"}


@dataclass(frozen=True, slots=True)
class RepairedText:
    """A stretch of a text as JSON."""

    start: int
    end: int
    json: str
    edits: tuple[Edit, ...]
    open_path: Path | None
    """The node that was being written when the text ended; None when it is whole."""
    is_leaf_cut: bool
    """Whether the text ended within a leaf or a key, so that something of it is missing."""


def repair_text(text: str, start: int, end: int) -> RepairedText:
    """Return the value that begins at a place, as JSON.

    Args:
        text: The answer.
        start: Where the value begins.
        end: Where the answer ends; nothing behind it is looked at.

    Raises:
        CannotRepairText: It cannot be read for certain.
    """
    mender = _Mender(text[:end], start)
    mender.value("top")
    parts, at = [], start
    for edit in mender.edits:
        parts += [text[at : edit.start], edit.replacement]
        at = edit.end
    parts.append(text[at : mender.at])
    return RepairedText(
        start, mender.at, "".join(parts), tuple(mender.edits), mender.open_path, mender.is_leaf_cut
    )


class _Mender(TextEdits):
    def __init__(self, text: str, start: int) -> None:
        super().__init__(text, start)
        self.path: list[str | int] = []
        self.open_path: Path | None = None
        self.is_leaf_cut = False
        self._strings = Strings(self)
        self._words = Words(self)

    def value(self, context: str) -> bool:
        """Read a value; return false when the text ends before it says anything."""
        if find_lost_quote(self):
            return True
        prefix = _PREFIX.match(self.text, self.at)
        if prefix is None and _WITH_PLACES.match(self.text, self.at):
            self.fail("a text of Python has places in it that nobody filled in")
        if prefix:
            self.edit(
                self.at, prefix.end(), "", f"The mark {prefix[0]} before a text was left out."
            )
            self.at = prefix.end()
        mark = self.peek()
        if mark == "{":
            self._object()
        elif mark in {"[", "("}:
            self._array()
        elif mark in QUOTES:
            if not self._strings.read(context):
                self._note_cut(in_leaf=True)
        elif not self._words.read_plain():
            return self._call(context) if _CALL.match(self.text, self.at) else self._word(context)
        return True

    def _word(self, context: str) -> bool:
        whole = self._words.read(context)
        if not whole:
            self._note_cut(in_leaf=True)
        return whole is not None

    def _call(self, context: str) -> bool:
        """Read `ObjectId("x")` and its like as what stands in it."""
        found = _CALL.match(self.text, self.at)
        if found is None or "(" in self.kinds:
            self.fail("something is called that is not JSON")
        self.edit(self.at, found.end(), "", f"“{found[0][:40]}…)” is read as what stands in it.")
        self.at = found.end()
        self.kinds.append("(")
        self.space()
        has_value = self.value(context)
        self.space()
        self.kinds.pop()
        if self.peek() == ")":
            self.edit(self.at, self.at + 1, "", "Its bracket was left out.")
            self.at += 1
        elif self.peek():
            self.fail("something is called that is not JSON")
        return has_value

    def _open(self) -> None:
        if len(self.kinds) >= DEEPEST:
            self.fail(f"it is nested more than {DEEPEST} levels deep")
        mark = self.peek()
        if mark == "(":
            self.edit(self.at, self.at + 1, "[", _TUPLE)
            self.at += 1
        else:
            self.take(mark)
        self.kinds.append(mark)

    def _object(self) -> None:
        self._open()
        comma: int | None = None
        is_apart = True
        while not self._ends(comma, is_apart=is_apart):
            if self._skip_extra(comma, is_apart=is_apart):
                continue
            if not is_apart:
                self._insert_comma()
            start = self.at if comma is None else comma
            if not self._member(start):
                self._ends(None, is_apart=True)
                return
            comma = self._separator()
            is_apart = comma is not None

    def _member(self, start: int) -> bool:
        """Read a key and its value; drop what of it is unfinished and return false."""
        key = self._key()
        self.space()
        mark = self.peek()
        if not mark or key is None:
            return self._drop(start)
        if mark == ":":
            self.take(":")
            again = self.after_space(self.at)
            if self.mark_at(again) == ":":
                self.space()
                self.edit(self.at, self.at + 1, "", "A colon too many was left out.")
                self.at += 1
        elif mark == "=":
            length = 2 if self.text.startswith("=>", self.at) else 1
            self.edit(self.at, self.at + length, ":", "A colon stands for the equals sign.")
            self.at += length
        elif mark in '"{[' or mark.isdigit():
            self.edit(self.at, self.at, ":", "A colon was missing.")
        else:
            self.fail("a key has no value")
        self.space()
        if not self.peek():
            return self._drop(start)
        if self.peek() in ",}":
            self.edit(self.at, self.at, "null", f"“{key[:40]}” had no value; null stands for it.")
            return True
        self.path.append(key)
        has_value = self.value("object")
        self.path.pop()
        return has_value or self._drop(start)

    def _key(self) -> str | None:
        """Read a key and return it roughly, for words and paths; None when the text ends in it."""
        start, edits = self.at, len(self.edits)
        if self.peek() in QUOTES:
            if not self._strings.read("key"):
                return None
            written = (
                self.edits[-1].replacement
                if len(self.edits) > edits
                else self.text[start : self.at]
            )
            return _plain(written)
        found = _BARE_KEY.match(self.text, self.at)
        if found is None:
            self.fail("a key is missing")
        self.at = found.end()
        if self.peek() == '"':
            # The quote before it was lost.
            self.edit(start, self.at + 1, f'"{found[0]}"', "A quote before a key was missing.")
            self.at += 1
        else:
            escaped = found[0].replace("\\", "\\\\")
            self.edit(start, self.at, f'"{escaped}"', f"The key {found[0][:40]} {BARE_KEY}")
        return found[0]

    def _array(self) -> None:
        self._open()
        comma: int | None = None
        is_apart = True
        self.path.append(0)
        opened, count, has_comma = self.at - 1, 0, False
        while not self._ends(comma, is_apart=is_apart):
            if self._skip_extra(comma, is_apart=is_apart):
                continue
            if not is_apart:
                self._insert_comma()
            start = self.at if comma is None else comma
            self.path[-1] = count
            if not self.value("array"):
                self._drop(start)
                comma = None
                continue
            count += 1
            self.path[-1] = count
            comma = self._separator()
            is_apart = comma is not None
            has_comma = has_comma or is_apart
        self.path.pop()
        if self.text[opened] == "(" and count == 1 and not has_comma:
            self._group(opened)

    def _group(self, opened: int) -> None:
        """Read brackets around one value as no list."""
        ends = {opened, self.at - 1}
        words = "Brackets around a value were left out."
        self.edits = [
            replace(edit, replacement="", message=words)
            if edit.start in ends and edit.message == _TUPLE
            else edit
            for edit in self.edits
        ]

    def _separator(self) -> int | None:
        """Go past the comma after a member and return where it stands; None if there is none."""
        self.space()
        if self.peek() == ";":
            self.edit(self.at, self.at + 1, ",", "A comma stands for the semicolon.")
            self.at += 1
            return self.at - 1
        if self.peek() != ",":
            return None
        self.take(",")
        return self.at - 1

    def _skip_extra(self, comma: int | None, *, is_apart: bool) -> bool:
        """Leave out a comma too many or an ellipsis; say whether there was one."""
        if self.peek() == "," and is_apart:
            self.edit(self.at, self.at + 1, "", "A comma too many was left out.")
            self.at += 1
            return True
        found = _ELLIPSIS.match(self.text, self.at)
        if found is None:
            return False
        if comma is None and not is_apart:
            self.fail("a comma is missing")
        self.edit(
            found.start(), found.end(), "", "“...” was left out: the model left something out."
        )
        self.at = found.end()
        return True

    def _insert_comma(self) -> None:
        in_object = self.kinds[-1] == "{"
        mark = self.peek()
        if mark == ",":
            # Behind a bracket that was too many.
            self.take(",")
            self.space()
            return
        starts = self.is_key_at(self.at) if in_object else mark in QUOTES or mark in "{[-0123456789"
        if not starts:
            self.fail("more follows where a comma should be")
        self.edit(self.at, self.at, ",", "A comma was missing.")

    def _ends(self, comma: int | None, *, is_apart: bool) -> bool:
        """Go past the end of an object or a list, if it is here."""
        self.space()
        mark = self.peek()
        opener = self.kinds[-1]
        closer = _CLOSERS[opener]
        own = ")" if opener == "(" else closer
        if mark and mark not in "}])":
            return False
        if mark == ")" and opener != "(":
            return False
        if comma is not None:
            self._remove_comma(comma)
        if not mark:
            self._note_cut(in_leaf=False)
            # After a comma or an opening bracket something was meant to come; and a model forgets
            # one bracket, while an answer that was cut lacks them all.
            self.is_leaf_cut = self.is_leaf_cut or is_apart or len(self.kinds) > 1
            self.is_leaf_cut = self.is_leaf_cut or self.is_in_comment
            self.edit(self.at, self.at, closer, f"The closing {closer} was missing.")
        elif mark == own:
            if opener == "(":
                self.edit(self.at, self.at + 1, closer, _TUPLE)
                self.at += 1
            else:
                self.take(mark)
        elif _opener_of(mark) in self.kinds:
            self.edit(self.at, self.at, closer, f"The closing {closer} was missing.")
        elif self.mark_at(self.after_space(self.at + 1)) in {"}", "]", ","} and not (
            self._is_short_of(closer)
        ):
            self.edit(self.at, self.at + 1, "", f"A closing {mark} too many was left out.")
            self.at += 1
            return self._ends(None, is_apart=is_apart)
        else:
            self.edit(self.at, self.at + 1, closer, f"{closer} stands for {mark}.")
            self.at += 1
        self.kinds.pop()
        return True

    def _is_short_of(self, closer: str) -> bool:
        """Say whether too few brackets follow for those that are open, so that each one counts."""
        opener = {"}": "{", "]": "["}[closer]
        rest = self.text[self.at + 1 : self.at + _REACH]
        return rest.count(closer) - rest.count(opener) < self.kinds.count(opener)

    def _remove_comma(self, comma: int) -> None:
        """Leave out a comma before the end, among edits that may have come after it."""
        later = []
        while self.edits and self.edits[-1].start >= comma:
            later.append(self.edits.pop())
        self.edit(comma, comma + 1, "", "A comma before the end was left out.")
        self.edits += [edit for edit in reversed(later) if edit.start > comma]

    def _drop(self, start: int) -> bool:
        """Leave out an unfinished member, from the comma before it."""
        self.is_leaf_cut = True
        self.open_path = tuple(self.path if self.kinds[-1] == "{" else self.path[:-1])
        self.cut_from(start, "What was begun at the end says nothing yet.")
        return False

    def _note_cut(self, *, in_leaf: bool) -> None:
        """Note that the text ends here, in the innermost node that is open."""
        if self.open_path is None:
            path = self.path
            if not in_leaf and self.kinds[-1] != "{":
                path = path[:-1]
            self.open_path = tuple(path)
        self.is_leaf_cut = self.is_leaf_cut or in_leaf


def _opener_of(closer: str) -> str:
    return {"}": "{", "]": "[", ")": "("}[closer]


def _plain(written: str) -> str:
    import json

    try:
        return str(json.loads(written))
    except ValueError:
        return written.strip('"')


__all__ = ["CannotRepairText", "RepairedText", "repair_text"]
