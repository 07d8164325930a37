"""Lenient parser: rewrites almost-JSON into JSON, edit by edit, without guessing.

It handles what models typically get wrong: comments, other quotes, missing and extra commas, Python
literals, JSON5, concatenated strings, a missing end. It keeps every digit and rejects anything
ambiguous (CannotRepairText). It takes linear time, and its result is parsed strictly afterwards, so
that a bug of its own cannot pass.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from tui_chat.core.labels import _
from tui_chat.structured.lossless_json import DEEPEST, too_deep
from tui_chat.structured.repair.missing_quotes import find_lost_quote
from tui_chat.structured.repair.numbers_and_literals import BareWordReader
from tui_chat.structured.repair.strings import StringReader
from tui_chat.structured.repair.text_edits import (
    QUOTES,
    Edit,
    TextEdits,
    plain_text,
)

if TYPE_CHECKING:
    from tui_chat.structured.verdict import Path

_LITERAL: Final = re.compile(r"(?:true|false|null|True|False|None)\b")
_WORDS: Final = re.compile(
    r"""[A-Za-z_]\w{0,40}(?:[ \t]+\w{1,40}){0,3}\s+(?="[\w $.-]{1,80}"\s*:)"""
)
_BARE_ENTRY: Final = re.compile(r"""[^\W_][^"'\n,{}\[\]:]{0,80}["”]?\s*[,\]]""")
_BARE_KEY: Final = re.compile(r"[^\s:：=,{}\[\]\"'“”]+")
_CALL: Final = re.compile(r"(?:new\s+)?[A-Za-z_][\w.]*\s*\(")
_PREFIX: Final = re.compile(
    r"""(?:[bBuU]|[rR](?=(["'])[^\\"']*\1)|[fF](?=(["'])[^\\"'{}]*\2))(?=["'])"""
)
_WITH_PLACES: Final = re.compile(r"""[fF](["'])[^"'\n]*\{[^"'\n]*\1""")
_ELLIPSIS: Final = re.compile(r"(?:\.{3}|…)[^\S\n]*,?")
_REACH: Final = 100_000
_CLOSERS: Final = {"{": "}", "[": "]", "(": "]"}
_OPENERS: Final = {"}": "{", "]": "[", ")": "("}


@dataclass(frozen=True, slots=True)
class RepairedText:
    """A range of a text as JSON."""

    start: int
    end: int
    json: str
    edits: tuple[Edit, ...]
    open_path: Path | None
    """Path of the node that was being written when the text ended; None when it is complete."""
    is_leaf_cut: bool
    """True if the text ended within a scalar or a key, so that a part of it is missing."""


def repair_text(text: str, start: int, end: int) -> RepairedText:
    """Return the value that begins at an offset, as JSON.

    Args:
        text: The reply.
        start: Where the value begins.
        end: Where the reply ends.

    Raises:
        CannotRepairText: The value is ambiguous.
    """
    parser = _LenientParser(text[:end], start)
    parser.value("top")
    parts, at = [], start
    for edit in parser.edits:
        parts += [text[at : edit.start], edit.replacement]
        at = edit.end
    parts.append(text[at : parser.at])
    return RepairedText(
        start, parser.at, "".join(parts), tuple(parser.edits), parser.open_path, parser.is_leaf_cut
    )


class _LenientParser(TextEdits):
    def __init__(self, text: str, start: int) -> None:
        super().__init__(text, start)
        self.path: list[str | int] = []
        self.open_path: Path | None = None
        self.is_leaf_cut = False
        self._strings = StringReader(self)
        self._bare_words = BareWordReader(self)
        self._tuple_brackets: set[int] = set()

    def value(self, context: str) -> bool:
        """Read a value; return false when the text ends before the value means anything."""
        if find_lost_quote(self):
            return True
        prefix = _PREFIX.match(self.text, self.at)
        if prefix is None and _WITH_PLACES.match(self.text, self.at):
            self.fail(_("a Python f-string contains placeholders"))
        if prefix:
            message = _("Removed the prefix {prefix} of a string.").format(prefix=prefix[0])
            self.edit(self.at, prefix.end(), "", message)
            self.at = prefix.end()
        mark = self.peek()
        if mark == "{":
            self._object()
        elif mark in {"[", "("}:
            self._array()
        elif mark in QUOTES:
            if not self._strings.read(context):
                self._record_cut(in_leaf=True)
        elif not self._bare_words.read_plain():
            return self._call(context) if _CALL.match(self.text, self.at) else self._word(context)
        return True

    def _word(self, context: str) -> bool:
        whole = self._bare_words.read(context)
        if not whole:
            self._record_cut(in_leaf=True)
        return whole is not None

    def _call(self, context: str) -> bool:
        """Read a call such as `ObjectId("x")` as its argument."""
        found = _CALL.match(self.text, self.at)
        if found is None or "(" in self.kinds:
            self.fail(_("there is a call that cannot be converted"))
        message = _("Read the call “{call}…)” as its argument.").format(call=found[0][:40])
        self.edit(self.at, found.end(), "", message)
        self.at = found.end()
        self.kinds.append("(")
        self.space()
        has_value = self.value(context)
        self.space()
        self.kinds.pop()
        if self.peek() == ")":
            self.edit(self.at, self.at + 1, "", _("Removed the bracket of a call."))
            self.at += 1
        elif self.peek():
            self.fail(_("there is a call that cannot be converted"))
        return has_value

    def _open(self) -> None:
        if len(self.kinds) >= DEEPEST:
            self.fail(too_deep())
        mark = self.peek()
        if mark == "(":
            self._replace_tuple_bracket("[")
        else:
            self.take(mark)
        self.kinds.append(mark)

    def _replace_tuple_bracket(self, bracket: str) -> None:
        self._tuple_brackets.add(self.at)
        self.edit(self.at, self.at + 1, bracket, _("Read a tuple as a list."))
        self.at += 1

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
        """Read a key and its value; drop them and return false when they are unfinished."""
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
                self.edit(self.at, self.at + 1, "", _("Removed an extra colon."))
                self.at += 1
        elif mark == "=":
            length = 2 if self.text.startswith("=>", self.at) else 1
            self.edit(self.at, self.at + length, ":", _("Replaced an equals sign by a colon."))
            self.at += length
        elif (
            mark in QUOTES or mark in "{[-" or mark.isdigit() or _LITERAL.match(self.text, self.at)
        ):
            self.edit(self.at, self.at, ":", _("Inserted a missing colon."))
        else:
            self.fail(_("a key has no value"))
        self.space()
        if not self.peek():
            return self._drop(start)
        if self.peek() in ",}":
            message = _("Inserted null as the missing value of “{key}”.").format(key=key[:40])
            self.edit(self.at, self.at, "null", message)
            return True
        self.path.append(key)
        has_value = self.value("object")
        self.path.pop()
        return has_value or self._drop(start)

    def _key(self) -> str | None:
        """Read a key and return it for messages and paths; None when the text ends in it."""
        start, edits = self.at, len(self.edits)
        if self.peek() in QUOTES:
            if not self._strings.read("key"):
                return None
            written = (
                self.edits[-1].replacement
                if len(self.edits) > edits
                else self.text[start : self.at]
            )
            return plain_text(written)
        found = _BARE_KEY.match(self.text, self.at)
        if found is None:
            self.fail(_("a key is missing"))
        self.at = found.end()
        if self.peek() == '"':
            message = _("Added the missing opening quote of a key.")
            self.edit(start, self.at + 1, f'"{found[0]}"', message)
            self.at += 1
        else:
            escaped = found[0].replace("\\", "\\\\")
            message = _("Added quotes around the key {key}.").format(key=found[0][:40])
            self.edit(start, self.at, f'"{escaped}"', message)
            self.bare_key = self.edits[-1]
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
        """Treat the brackets around a single value as grouping, not as a tuple."""
        brackets = {opened, self.at - 1} & self._tuple_brackets
        message = _("Removed the brackets around a value.")
        self.edits = [
            replace(edit, replacement="", message=message) if edit.start in brackets else edit
            for edit in self.edits
        ]

    def _separator(self) -> int | None:
        """Consume the comma after a member and return its offset; None if there is none."""
        self.space()
        if self.peek() == ";":
            self.edit(self.at, self.at + 1, ",", _("Replaced a semicolon by a comma."))
            self.at += 1
            return self.at - 1
        if self.peek() != ",":
            return None
        self.take(",")
        return self.at - 1

    def _skip_extra(self, comma: int | None, *, is_apart: bool) -> bool:
        """Remove an extra comma or an ellipsis; return whether there is one."""
        if self.peek() == "," and is_apart:
            self.edit(self.at, self.at + 1, "", _("Removed an extra comma."))
            self.at += 1
            return True
        words = _WORDS.match(self.text, self.at) if is_apart and self.kinds[-1] == "{" else None
        if words:
            message = _("Removed the words “{words}” between two members.")
            message = message.format(words=words[0].strip()[:60])
            self.edit(words.start(), words.end(), "", message)
            self.at = words.end()
            return True
        found = _ELLIPSIS.match(self.text, self.at)
        if found is None:
            return False
        if comma is None and not is_apart:
            self.fail(_("a comma is missing"))
        message = _("Removed “...”: the model elided content here.")
        self.edit(found.start(), found.end(), "", message)
        self.at = found.end()
        return True

    def _insert_comma(self) -> None:
        in_object = self.kinds[-1] == "{"
        mark = self.peek()
        if mark == ",":
            # After an extra bracket.
            self.take(",")
            self.space()
            return
        if in_object:
            starts = self.is_key_at(self.at)
        else:
            starts = mark in QUOTES or mark in "{[-0123456789"
            starts = starts or bool(_BARE_ENTRY.match(self.text, self.at))
        if not starts:
            self.fail(_("a comma is expected"))
        self.edit(self.at, self.at, ",", _("Inserted a missing comma."))

    def _ends(self, comma: int | None, *, is_apart: bool) -> bool:
        """Consume the end of an object or list; return whether it is here."""
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
            self._record_cut(in_leaf=False)
            # After a comma or an opening bracket a member is missing; and a model forgets one
            # bracket, while a reply that was cut off lacks all of them. Where more is missing, the
            # bracket was not merely forgotten.
            lacks_more = any(edit.start == edit.end for edit in self.edits)
            self.is_leaf_cut = self.is_leaf_cut or is_apart or len(self.kinds) > 1 or lacks_more
            self.is_leaf_cut = self.is_leaf_cut or self.is_in_comment
            self.edit(self.at, self.at, closer, _added(closer))
        elif mark == own:
            if opener == "(":
                self._replace_tuple_bracket(closer)
            else:
                self.take(mark)
        elif _OPENERS[mark] in self.kinds:
            self.edit(self.at, self.at, closer, _added(closer))
        elif self.mark_at(self.after_space(self.at + 1)) in {"}", "]", ","} and not (
            self._is_short_of(closer)
        ):
            message = _("Removed an extra closing {bracket}.").format(bracket=mark)
            self.edit(self.at, self.at + 1, "", message)
            self.at += 1
            return self._ends(None, is_apart=is_apart)
        else:
            message = _("Replaced {found} by {bracket}.").format(found=mark, bracket=closer)
            self.edit(self.at, self.at + 1, closer, message)
            self.at += 1
        self.kinds.pop()
        return True

    def _is_short_of(self, closer: str) -> bool:
        """Return whether fewer closing brackets follow than are open, so that each one counts."""
        opener = {"}": "{", "]": "["}[closer]
        rest = self.text[self.at + 1 : self.at + _REACH]
        return rest.count(closer) - rest.count(opener) < self.kinds.count(opener)

    def _remove_comma(self, comma: int) -> None:
        """Remove a trailing comma; edits after it may have been made already."""
        later = []
        while self.edits and self.edits[-1].start >= comma:
            later.append(self.edits.pop())
        self.edit(comma, comma + 1, "", _("Removed a trailing comma."))
        self.edits += [edit for edit in reversed(later) if edit.start > comma]

    def _drop(self, start: int) -> bool:
        """Remove an unfinished member, from the comma before it on."""
        self.is_leaf_cut = True
        self.open_path = tuple(self.path if self.kinds[-1] == "{" else self.path[:-1])
        self.cut_from(start, _("Removed an incomplete value at the end."))
        return False

    def _record_cut(self, *, in_leaf: bool) -> None:
        """Record that the text ends here, within the innermost open node."""
        if self.open_path is None:
            path = self.path
            if not in_leaf and self.kinds[-1] != "{":
                path = path[:-1]
            self.open_path = tuple(path)
        self.is_leaf_cut = self.is_leaf_cut or in_leaf


def _added(closer: str) -> str:
    return _("Added a missing closing {bracket}.").format(bracket=closer)
