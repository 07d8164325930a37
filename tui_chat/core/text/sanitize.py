"""Sanitizes untrusted text, so that models, servers and pastes cannot control the terminal.

Textual passes control characters on unchanged (measured with 8.2: an OSC 52 clipboard write in a
Markdown paragraph reaches the terminal). So untrusted text is passed through `sanitize` or a
`SanitizingStream` before it enters a widget; the store keeps the raw text.

Both work per code point and never search for whole escape sequences, because a delta may end in
the middle of one.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

MAX_COMBINING_MARKS: Final = 8
"""The number of combining marks on one base. Vietnamese and Hebrew need three; a flood of them
("zalgo") draws over the neighbouring lines."""


def _table() -> dict[int, str]:
    table = {code: chr(0x2400 + code) for code in range(0x20) if code not in (0x09, 0x0A)}
    table[0x7F] = "\u2421"
    # C1 controls have no control pictures; U+009B is as dangerous as ESC [.
    table |= {code: f"<{code:02X}>" for code in range(0x80, 0xA0)}
    table |= {code: f"<U+{code:04X}>" for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))}
    table |= {code: f"<U+{code:05X}>" for code in range(0xE0000, 0xE0080)}
    table |= dict.fromkeys((0x2028, 0x2029), "\n")
    return table | dict.fromkeys(range(0xD800, 0xE000), "\ufffd")


_TABLE: Final = _table()

# The fast path: text without any of these is returned as it is (one scan in C).
_SUSPECT: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\U000e0000-\U000e007f]"
)
_NOT_ON_A_TERMINAL: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
    "\ud800-\udfff\ufeff\ufff0-\ufffb\U0001d173-\U0001d17a\U000e0000-\U000e00ff\U000e01f0-\U000e0fff]"
)
_MARK_FLOOD: Final = re.compile(
    f"[\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u0610-\u061a\u064b-\u065f\u0e31-\u0e4e\u1ab0-\u1aff"
    f"\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{{{MAX_COMBINING_MARKS + 1},}}"
)
_NOT_ASCII: Final = re.compile("[^\x00-\x7f]")
_ANY: Final = re.compile(".", re.DOTALL)
# The flags of England, Scotland and Wales: a black flag, tag letters, an end tag.
_TAG_FLAG: Final = re.compile(
    "\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{1,6}\U000e007f"
)
_OPEN_FLAG: Final = re.compile("\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{0,6}\\Z")
# Runs that could contain too many marks: no Latin, punctuation, CJK or Hangul. Only these
# are checked character by character.
_MAYBE_MARKS: Final = re.compile(
    "[^\x00-\u02ff\u1100-\u11ff\u2000-\u20cf\u2100-\u2cee\u2e00-\u3029\u3030-\u3098\u309b-\ua66e"
    "\uac00-\ufb1d\U0001f000-\U0001faff\U00020000-\U000323af]+"
)


class SanitizingStream:
    """Sanitizes text that arrives in chunks.

    For any split into chunks the result is the same as `sanitize` of the whole text: a carriage
    return, a regional flag or a run of combining marks may be split anywhere.
    """

    def __init__(self) -> None:
        self._held = ""
        self._marks = 0

    def feed(self, text: str) -> str:
        """Return the sanitized text; a few characters may be held back for the next chunk."""
        if self._held:
            text, self._held = self._held + text, ""
        if not text:
            return ""
        if text.endswith("\r"):
            text, self._held = text[:-1], "\r"
        elif text[-1] >= "\U000e0000" or text[-1] == "\U0001f3f4":
            flag = _OPEN_FLAG.search(text)
            if flag:
                text, self._held = text[: flag.start()], flag[0]
        return self._shown(text)

    def finish(self) -> str:
        """Return the held back characters; the text has ended."""
        text, self._held = self._held, ""
        return self._shown(text)

    def _shown(self, text: str) -> str:
        if _SUSPECT.search(text):
            text = _translated(text.replace("\r\n", "\n"))
        if text.isascii():
            if text:
                self._marks = 0
            return text
        return self._with_few_marks(text)

    def _with_few_marks(self, text: str) -> str:
        position = 0
        parts: list[str] = []
        for run in _MAYBE_MARKS.finditer(text):
            if run.start() > position:
                self._marks = 0
            parts.append(text[position : run.start()])
            parts.append(self._cut_run(run[0]))
            position = run.end()
        if position < len(text):
            self._marks = 0
        parts.append(text[position:])
        return "".join(parts)

    def _cut_run(self, run: str) -> str:
        kept: list[str] = []
        for character in run:
            if unicodedata.category(character) in ("Mn", "Me") and not _is_selector(character):
                self._marks += 1
                if self._marks > MAX_COMBINING_MARKS:
                    continue
            else:
                self._marks = 0
            kept.append(character)
        return "".join(kept)


def sanitize(text: str) -> str:
    """Return untrusted text with everything that could control a terminal made visible.

    C0 controls except newline and tab become control pictures (ESC is shown as ␛), DEL is ␡, C1
    controls and bidirectional overrides, embeddings and isolates are written out as `<9B>` and
    `<U+202E>`, CRLF and the separators U+2028 and U+2029 become newlines, lone surrogates U+FFFD,
    and at most `MAX_COMBINING_MARKS` combining marks stay on one base. Joiners, variation
    selectors, flags and ordinary right-to-left text stay as they are.
    """
    if text.isascii() and not _SUSPECT.search(text):
        return text
    stream = SanitizingStream()
    return stream.feed(text) + stream.finish()


def sanitize_line(text: str, limit: int = 0) -> str:
    """Return `sanitize(text)` as one line: for titles, model names, toasts and status labels.

    Args:
        text: Untrusted text of any length.
        limit: The maximum length in characters, with an ellipsis if cut; 0 for no limit.
    """
    line = " ".join(sanitize(text[: 4 * limit] if limit else text).split())
    if limit and len(line) > limit:
        return line[: limit - 1] + "…"
    return line


def escaped_json(text: str) -> str:
    r"""Return JSON text that is safe for a terminal and has the same values.

    JSON itself escapes only C0. C1 and DEL, bidirectional controls, invisible and unassigned
    characters and floods of combining marks are written as `\uXXXX` here.

    Args:
        text: JSON text, or a part of one that does not end inside an escape.
    """
    if text.isascii() and "\x7f" not in text:
        return text
    text = _NOT_ON_A_TERMINAL.sub(_json_escape, text)
    return _MARK_FLOOD.sub(lambda run: _ANY.sub(_json_escape, run[0]), text)


def ascii_json(text: str) -> str:
    """Return JSON text in ASCII, for an output whose encoding lacks some of its characters."""
    return _NOT_ASCII.sub(_json_escape, text)


def _json_escape(found: re.Match[str]) -> str:
    units = found[0].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))


def replace_surrogates(text: str) -> str:
    """Return text with surrogate pairs joined and lone surrogates replaced by U+FFFD.

    JSON may split a character into two deltas; neither SQLite nor a request
    can contain half of one.
    """
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def _is_selector(character: str) -> bool:
    return "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"


def _translated(text: str) -> str:
    """Apply the table to everything except regional flags."""
    if "\U0001f3f4" not in text:
        return text.translate(_TABLE)
    parts: list[str] = []
    position = 0
    for flag in _TAG_FLAG.finditer(text):
        parts.append(text[position : flag.start()].translate(_TABLE))
        parts.append(flag[0])
        position = flag.end()
    parts.append(text[position:].translate(_TABLE))
    return "".join(parts)
