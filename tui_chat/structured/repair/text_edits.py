"""The cursor of the lenient parser: a text, a position in it, and the edits that make it JSON."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Final, NoReturn

from tui_chat.core.labels import _

QUOTES: Final = {
    '"': '"', "'": "'", "`": "`´", "´": "´`", "“": '”“"', "”": '”"', "„": '“”"', "‟": '”"',
    "‘": "’‘'", "’": "’'", "‚": "‘’'", "«": "»", "＂": "＂", "＇": "＇",
}  # fmt: skip
"""Quotes that may open a string, and the quotes that close it."""
WIDE: Final = {
    "：": ":",
    "，": ",",
    "、": ",",
    "；": ",",
    "｛": "{",
    "｝": "}",
    "［": "[",
    "］": "]",
}
"""Fullwidth punctuation of Chinese and Japanese keyboards."""

_BLANKS: Final = re.compile(r"[ \t\r\n]+")
BLANK: Final = r"\s\u180e\u200b-\u200d\u2060\ufeff"
"""Blanks, and invisible characters beside them, as a character set."""
_ODD_BLANKS: Final = re.compile(f"[{BLANK}]+")
_COMMENT: Final = re.compile(
    r"//[^\n]*|/\*.*?(?:\*/|\Z)|#(?![0-9A-Fa-f]{3,8}\s*[,}\]])[^\n]*", re.DOTALL
)
_SKIPPED: Final = re.compile(rf"(?:[{BLANK}]++|//[^\n]*+|/\*[^*]{{0,500}}+\*++/|(?<=\s)#[^\n]*+)*+")
"""Blanks and short comments. Used for lookahead from every quote, so it is bounded."""
_CLOSER: Final = re.compile(r"\s*[}\]]")
_KEY: Final = re.compile(
    r"""(?:"(?:[^"\\\n]|\\.){0,200}"|["“”„](?:[^"“”\\\n]|\\.){0,200}["”“]|'(?:[^'\\\n]|\\.){0,200}'|['‘’](?:[^'‘’\\\n]|\\.){0,200}['’]|`[^`\n]{0,200}`|«[^»\n]{0,200}»|＂[^＂\n]{0,200}＂
        |"?"[\w$ .-]{1,80}""?(?=\s*:)|["'][\w$-]{1,80}["'](?=\s*:)|\d{1,9}(?=:\s*["'{\[]|:\s+\d)
        |[A-Za-z_$\u0080-\uffff][\w$.-]{0,100}["']?)\s*(?:[:：]|=>?)""",
    re.VERBOSE,
)
_BEGUN_KEY: Final = re.compile(r"""["'“‘`]?[^"'“”‘’:,{}\[\]\n]{0,200}["'”’]?\s*\Z""")


class CannotRepairText(Exception):
    """A text cannot be repaired without guessing.

    Attributes:
        message: The reason, as a phrase.
        at: Where, as an offset into the text.
        is_final: Whether any repair would be a guess, that of json-repair too.
    """

    def __init__(self, message: str, at: int, *, is_final: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.at = at
        self.is_final = is_final


@dataclass(frozen=True, slots=True)
class Edit:
    """A range of the text that is replaced."""

    start: int
    end: int
    replacement: str
    message: str


class TextEdits:
    """A text, a position in it, and the edits so far.

    Attributes:
        text: The text up to its end.
        at: The current offset.
        edits: The changes, in text order.
        bare_key: The edit that quoted the last bare key.
        kinds: The open brackets, outermost first.
        is_in_comment: Whether the text ends within a comment.
    """

    def __init__(self, text: str, at: int) -> None:
        self.text = text
        self.at = at
        self.edits: list[Edit] = []
        self.bare_key: Edit | None = None
        self.kinds: list[str] = []
        self.is_in_comment = False

    def peek(self) -> str:
        """Return the next character in its ASCII form; empty at the end."""
        mark = self.text[self.at : self.at + 1]
        return WIDE.get(mark, mark)

    def take(self, mark: str) -> None:
        """Consume a structural character, and replace its fullwidth form."""
        if self.text[self.at] != mark:
            message = _("Read “{found}” as “{mark}”.")
            self.edit(
                self.at, self.at + 1, mark, message.format(found=self.text[self.at], mark=mark)
            )
        self.at += 1

    def edit(self, start: int, end: int, replacement: str, message: str) -> None:
        """Replace a range."""
        self.edits.append(Edit(start, end, replacement, message))

    def cut_from(self, start: int, message: str) -> None:
        """Remove everything from an offset to the end."""
        self.edits = [edit for edit in self.edits if edit.end <= start and edit.start < start]
        self.at = len(self.text)
        if start < self.at:
            self.edit(start, self.at, "", message)

    def space(self) -> None:
        """Skip blanks and comments."""
        while True:
            blanks = _BLANKS.match(self.text, self.at)
            if blanks:
                self.at = blanks.end()
                continue
            odd = _ODD_BLANKS.match(self.text, self.at)
            if odd:
                self.edit(
                    odd.start(),
                    odd.end(),
                    " ",
                    _("Replaced a space character that JSON does not allow."),
                )
                self.at = odd.end()
                continue
            comment = _COMMENT.match(self.text, self.at)
            if comment is None:
                return
            end = self._end_of_comment(comment)
            self.edit(comment.start(), end, "", _("Removed a comment."))
            self.is_in_comment = comment[0].startswith("/*") and not comment[0].endswith("*/")
            self.at = end

    def _end_of_comment(self, comment: re.Match[str]) -> int:
        """Return where a comment ends: in the last line, before the brackets that close objects."""
        if comment.end() < len(self.text) or comment[0].startswith("/*"):
            return comment.end()
        closer = _CLOSER.search(self.text, comment.start())
        return closer.start() if closer else comment.end()

    def after_space(self, at: int) -> int:
        """Return the offset after the blanks and comments at an offset."""
        found = _SKIPPED.match(self.text, at)
        return found.end() if found else at

    def mark_at(self, at: int) -> str:
        """Return the character at an offset in its ASCII form."""
        mark = self.text[at : at + 1]
        return WIDE.get(mark, mark)

    def is_key_at(self, at: int) -> bool:
        """Return whether a key and a colon are at an offset, or a key that the text ends in."""
        return bool(_KEY.match(self.text, at) or _BEGUN_KEY.match(self.text, at))

    def fail(self, message: str, *, is_final: bool = False) -> NoReturn:
        """Raise CannotRepairText for the current position."""
        raise CannotRepairText(message, self.at, is_final=is_final)


def plain_text(written: str) -> str:
    """Return the content of a JSON string."""
    try:
        return str(json.loads(written))
    except ValueError:
        return written.strip('"')
