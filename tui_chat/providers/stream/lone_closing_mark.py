"""Finds reasoning without an opening mark: the template of the model wrote it into the prompt.

The reply then begins with the reasoning, which only the closing mark shows. Until it arrives, the
reasoning looks like the answer.
"""

from __future__ import annotations

import re
from typing import Final

from tui_chat.providers.stream.reasoning_marks import PAIRS, overlap

_OPENER_OF: Final = {close: opener for opener, close in PAIRS if not close[0].isalpha()}
"""Without the sentence of Granite, which a text may contain."""
_CLOSE: Final = re.compile("|".join(map(re.escape, _OPENER_OF)))
_BEGINNINGS: Final = tuple({close[0] for close in _OPENER_OF})
_BLANK_LINES: Final = re.compile(r"\A[ \t\r\n]*\n")
_LONGEST: Final = max(map(len, _OPENER_OF))
_FENCE: Final = re.compile(r"^ {0,3}(?:```|~~~)", re.MULTILINE)
_BLANKS: Final = " \t\r"
_BLANKS_LIMIT: Final = 100
_LIMIT: Final = 1_000_000
"""Characters after which a mark is text; no model reasons for longer."""


class LoneClosingMark:
    """Looks for the closing mark in the text of a reply that began without an opening one."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0
        self._held = ""
        self._is_over = self._is_gap = False

    def feed(self, text: str) -> tuple[str, str | None]:
        """Return the next text, and None; or the end of the reasoning, and the begin of the answer.

        A piece at the end that may belong to a mark is held back.
        """
        if self._is_over:
            return self._answer(text), None
        text, self._held = self._held + text, ""
        begin = 0
        while (found := _next_mark(text, begin)) is not None:
            end = found.end()
            after = text[end:].lstrip(_BLANKS)
            if not after and len(text) - end < _BLANKS_LIMIT:
                # The next character decides.
                return self._passed(text, found.start()), None
            before = "".join((*self._parts, text[: found.start()]))
            if _is_lone(before, found[0], text[end:]):
                return self._ended(text[: found.start()]), self._answer(text[end:])
            begin = end
        return self._passed(text, len(text) - _begun(text)), None

    def finish(self) -> tuple[str, str | None]:
        """Return the text that was held back, as `feed` does."""
        held, self._held = self._held, ""
        found = _next_mark(held, 0)
        if found is not None and _is_lone("".join(self._parts), found[0], "\n"):
            return self._ended(""), ""
        return held, None

    def stop(self) -> None:
        """Pass everything on from here: the endpoint marks the reasoning itself."""
        self._is_over = True

    def _passed(self, text: str, end: int) -> str:
        passed, self._held = text[:end], text[end:]
        self._parts.append(passed)
        self._length += len(passed)
        if self._length > _LIMIT:
            passed, self._held = passed + self._held, ""
            self._is_over = True
            self._parts.clear()
        return passed

    def _ended(self, text: str) -> str:
        self._is_over = self._is_gap = True
        self._parts.clear()
        return text

    def _answer(self, text: str) -> str:
        """Return a piece of the answer, without the blank lines before it."""
        if self._is_gap:
            text = _BLANK_LINES.sub("", text)
            self._is_gap = not text
        return text


def split_lone_reasoning(text: str) -> tuple[str, str]:
    """Return the reasoning and the answer in a whole reply that has no opening mark."""
    mark = LoneClosingMark()
    before, answer = mark.feed(text)
    if answer is None:
        rest, answer = mark.finish()
        before += rest
    return (before, answer) if answer is not None else ("", before)


def _next_mark(text: str, begin: int) -> re.Match[str] | None:
    # The search for one character is much faster than that for the marks.
    if not any(character in text for character in _BEGINNINGS):
        return None
    return _CLOSE.search(text, begin)


def _begun(text: str) -> int:
    """Return the length of the end of a text that could begin a mark."""
    if not any(character in text[-_LONGEST:] for character in _BEGINNINGS):
        return 0
    return max(overlap(text, close) for close in _OPENER_OF)


def _is_lone(before: str, close: str, after: str) -> bool:
    """Return whether a closing mark ends reasoning: it is no quotation, no code, and not opened."""
    if _OPENER_OF[close] in before or len(_FENCE.findall(before)) % 2:
        return False
    line = before[before.rfind("\n") + 1 :]
    if line.count("`") % 2:
        return False
    ends_line = after.lstrip(_BLANKS)[:1] in ("\n", "")
    if not line.strip():
        return ends_line or after[:1] not in _BLANKS
    return ends_line and line.rstrip()[-1] not in "\"'“‘«「>|"
