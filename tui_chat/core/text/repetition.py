"""Detects a reply that repeats the same passage without an end.

Only exact repetition at the end of the text counts. A refrain, a table, a list or code differs from
that, or is far shorter: what a limit must not stop is listed in the tests.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from tui_chat.core.text.lazy_pattern import LazyPattern

_CHECK_EVERY: Final = 128
"""Characters between two checks, so that a check costs little per delta."""
_PROBE: Final = 96
"""The length of the end of the text whose earlier occurrences suggest a period."""
_CANDIDATES: Final = 6
"""Occurrences of the probe that are tried: a passage may contain its own end."""
_WINDOW: Final = 24_000
"""The end of the text that is kept, in characters."""
_WIDE: Final = 3
"""A CJK character counts as this many: it carries about as much as that many letters."""
_FENCE: Final = LazyPattern(r"^ {0,3}(?:```|~~~)", re.MULTILINE)
_PREFORMATTED: Final = LazyPattern(r"^(?:\s*\||\t| {4})", re.MULTILINE)
_CJK: Final = LazyPattern("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]")
_NUMBER: Final = (
    r"(?:\d{2,9}|hundred|thousand|million|cent|mille|hundert|tausend|cien|mil|[十百千万])"
)
_ASKED: Final = LazyPattern(
    rf"\b{_NUMBER}\s*(?:\w+\s+)?(?:times|x|lines?|rows?|copies|zeros?|zeroes|ones"
    r"|fois|lignes|veces|vezes|l[ií]neas|volte|mal|zeilen|keer|раз)\b"
    rf"|{_NUMBER}\s*[遍次行个個条回번]"
    r"|\b(?:repeat\w*|over and over|lyrics|song|chant\w*|mantra|chorus"
    r"|r[ée]p[èée]t\w*|paroles|repit\w*|letra|wiederhol\w*|liedtext|повтор\w*)\b"
    r"|重复|重複|歌词|歌詞|繰り返|반복",
    re.IGNORECASE,
)
"""A question that asks for repetition."""

_SEARCHED: Final = 2_000
"""Characters at each end of a question that are searched for such a wish."""
_WORD: Final = LazyPattern(r"\w+")
_MAX_WORDS: Final = 40
"""The longest passage that is searched in the question."""


@dataclass(frozen=True, slots=True)
class _Limit:
    """The repetition from which on a text is stopped: both conditions must hold."""

    characters: int
    repeats: int


_PROSE: Final = _Limit(1_200, 4)
_CODE: Final = _Limit(8_000, 16)
"""In code and tables: rows of zeros, empty cells and placeholders are meant."""
_REQUESTED: Final = _Limit(20_000, 40)
"""If the question asks for it, or contains the passage."""


class RepetitionDetector:
    """Watches the text of one reply as it arrives."""

    def __init__(self, question: str = "", *, is_code: bool = False) -> None:
        """Start with an empty text.

        Args:
            question: The question that the text answers.
            is_code: True if the whole reply is code, such as JSON.
        """
        self._question = question
        self._is_code = is_code
        self._text = ""
        self._new: list[str] = []
        self._new_length = 0
        self._is_in_fence = False
        self._line = ""

    @cached_property
    def _is_requested(self) -> bool:
        # A question of a megabyte would be searched for seconds; such a wish is at one of its ends.
        ends = f"{self._question[:_SEARCHED]}\n{self._question[-_SEARCHED:]}"
        return _ASKED.search(ends) is not None

    def feed(self, text: str) -> bool:
        """Add new text; return True once the end of the text is an endless repetition."""
        self._new.append(text)
        self._new_length += len(text)
        if self._new_length < _CHECK_EVERY:
            return False
        added = "".join(self._new)
        self._new.clear()
        self._new_length = 0
        self._note_fences(added)
        self._text = (self._text + added)[-_WINDOW:]
        return self._is_repeating()

    def _note_fences(self, added: str) -> None:
        whole, newline, self._line = (self._line + added).rpartition("\n")
        if newline and len(_FENCE.findall(whole)) % 2:
            self._is_in_fence = not self._is_in_fence

    def _is_repeating(self) -> bool:
        text = self._text
        probe, end = text[-_PROBE:], len(text) - 1
        for _candidate in range(_CANDIDATES):
            start = text.rfind(probe, 0, end)
            if start < 0:
                return False
            period = len(text) - len(probe) - start
            if text.endswith(text[-period:] * 2):
                # The shortest period decides: its multiples are other passages.
                return self._is_endless(period)
            end = start + len(probe) - 1
        return False

    def _is_endless(self, period: int) -> bool:
        """Return whether the text ends with enough repetitions of a period."""
        text = self._text
        passage = text[-period:]
        limit = self._limit(passage)
        # A wide passage fills the limit with fewer characters.
        weight = 1 + (_WIDE - 1) * len(_CJK.findall(passage)) / period
        needed = max(int(limit.characters / weight), limit.repeats * period)
        return needed <= len(text) and text[-needed:-period] == text[period - needed :]

    def _limit(self, passage: str) -> _Limit:
        if self._is_requested or _occurs(passage, self._question):
            return _REQUESTED
        # Twice, because it may begin in the middle of a line.
        lines = passage * 2
        if _FENCE.search(lines):
            return _PROSE
        is_code = self._is_code or self._is_in_fence or _PREFORMATTED.search(lines)
        return _CODE if is_code else _PROSE


def _occurs(passage: str, question: str) -> bool:
    """Return whether a question contains the words of a repeated passage.

    The passage may begin in the middle of a sentence, or of a word.
    """
    if len(passage) > len(question):
        return False
    words = _WORD.findall((passage * 3).casefold())
    count = len(words) - len(_WORD.findall((passage * 2).casefold()))
    if not 0 < count <= _MAX_WORDS:
        # A text without spaces, such as Chinese, is one word.
        return bool(passage.strip()) and passage.strip() in question
    asked = f" {' '.join(_WORD.findall(question.casefold()))} "
    period = words[1 : 1 + count]
    return any(f" {' '.join(period[start:] + period[:start])} " in asked for start in range(count))
