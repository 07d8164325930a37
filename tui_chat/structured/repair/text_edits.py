"""The ground of the mender: a text, a place in it, and the edits that make JSON of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, NoReturn

QUOTES: Final = {
    '"': '"', "'": "'", "`": "`", "´": "´", "“": '”“"', "”": '”"', "„": '“”"', "‟": '”"',
    "‘": "’‘'", "’": "’'", "‚": "‘’'", "«": "»", "＂": "＂", "＇": "＇",
}  # fmt: skip
"""What may begin a text, and what then ends it."""
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
"""Punctuation as Chinese and Japanese keyboards write it."""

_BLANKS: Final = re.compile(r"[ \t\r\n]+")
_ODD_BLANKS: Final = re.compile(r"[\s\u00a0\u200b-\u200d\u2060\ufeff]+")
_COMMENT: Final = re.compile(
    r"//[^\n]*|/\*.*?(?:\*/|\Z)|#(?![0-9A-Fa-f]{3,8}\s*[,}\]])[^\n]*", re.DOTALL
)
_SKIPPED: Final = re.compile(
    r"(?:[\s\u00a0\u200b\ufeff]++|//[^\n]*+|/\*[^*]{0,500}+\*++/|(?<=\s)#[^\n]*+)*+"
)
"""Blanks and comments, the short ones: this looks ahead from every quote, and must not go far."""
_KEY: Final = re.compile(
    r"""(?:"(?:[^"\\\n]|\\.){0,200}"|["“”„](?:[^"“”\\\n]|\\.){0,200}["”“]|['‘’](?:[^'‘’\\\n]|\\.){0,200}['’]|`[^`\n]{0,200}`|«[^»\n]{0,200}»|＂[^＂\n]{0,200}＂
        |"?"[\w$ .-]{1,80}""?(?=\s*:)|["'][\w$-]{1,80}["'](?=\s*:)|\d{1,9}(?=:\s*["'{\[]|:\s+\d)
        |[A-Za-z_$\u0080-\uffff][\w$.-]{0,100}["']?)\s*(?:[:：]|=>?)""",
    re.VERBOSE,
)
_BEGUN_KEY: Final = re.compile(r"""["'“‘`]?[^"'“”‘’:,{}\[\]\n]{0,200}["'”’]?\s*\Z""")


class CannotRepairText(Exception):
    """A text is too far from JSON to be mended without guessing.

    Attributes:
        message: What is in the way, as a phrase.
        at: Where, as an offset into the text.
    """

    def __init__(self, message: str, at: int) -> None:
        super().__init__(message)
        self.message = message
        self.at = at


@dataclass(frozen=True, slots=True)
class Edit:
    """A stretch of the text that is replaced."""

    start: int
    end: int
    replacement: str
    message: str


class TextEdits:
    """A text with a place in it.

    Attributes:
        text: What is mended, up to its end.
        at: The place.
        edits: What is changed, in the order of the text.
        kinds: The brackets that are open, outermost first.
        is_in_comment: Whether the text ends within a comment that was opened.
    """

    def __init__(self, text: str, at: int) -> None:
        self.text = text
        self.at = at
        self.edits: list[Edit] = []
        self.kinds: list[str] = []
        self.is_in_comment = False

    def peek(self) -> str:
        """Return the next character, of wide punctuation the plain one; empty at the end."""
        mark = self.text[self.at : self.at + 1]
        return WIDE.get(mark, mark)

    def take(self, mark: str) -> None:
        """Go past a mark of the structure, in place of which its plain form is read."""
        if self.text[self.at] != mark:
            self.edit(self.at, self.at + 1, mark, f"“{self.text[self.at]}” is read as “{mark}”.")
        self.at += 1

    def edit(self, start: int, end: int, replacement: str, message: str) -> None:
        """Replace a stretch."""
        self.edits.append(Edit(start, end, replacement, message))

    def cut_from(self, start: int, words: str) -> None:
        """Leave out everything from a place to the end."""
        self.edits = [edit for edit in self.edits if edit.end <= start and edit.start < start]
        self.at = len(self.text)
        if start < self.at:
            self.edit(start, self.at, "", words)

    def space(self) -> None:
        """Go past blanks and comments."""
        while True:
            blanks = _BLANKS.match(self.text, self.at)
            if blanks:
                self.at = blanks.end()
                continue
            odd = _ODD_BLANKS.match(self.text, self.at)
            if odd:
                self.edit(odd.start(), odd.end(), " ", "A blank that JSON does not know.")
                self.at = odd.end()
                continue
            comment = _COMMENT.match(self.text, self.at)
            if comment is None:
                return
            self.edit(comment.start(), comment.end(), "", "A comment was left out.")
            self.is_in_comment = comment[0].startswith("/*") and not comment[0].endswith("*/")
            self.at = comment.end()

    def after_space(self, at: int) -> int:
        """Return the place after the blanks and comments at a place."""
        found = _SKIPPED.match(self.text, at)
        return found.end() if found else at

    def mark_at(self, at: int) -> str:
        """Return the character at a place as `peek` would."""
        mark = self.text[at : at + 1]
        return WIDE.get(mark, mark)

    def is_key_at(self, at: int) -> bool:
        """Say whether a key and a colon stand at a place, or the beginning of a key at the end."""
        return bool(_KEY.match(self.text, at) or _BEGUN_KEY.match(self.text, at))

    def fail(self, words: str) -> NoReturn:
        """Give up here."""
        raise CannotRepairText(words, self.at)
