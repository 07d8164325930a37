"""Splits reasoning off the text of a reply, by the marks that model families write around it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Protocol

from tui_chat.providers.stream.harmony import STARTS, HarmonySplitter

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

PAIRS: Final = (
    ("<think>", "</think>"),
    ("<thinking>", "</thinking>"),
    ("<thought>", "</thought>"),
    ("<thoughts>", "</thoughts>"),
    ("<reasoning>", "</reasoning>"),
    ("[THINK]", "[/THINK]"),
    ("<seed:think>", "</seed:think>"),
    ("<longcat_think>", "</longcat_think>"),
    ("◁think▷", "◁/think▷"),
    ("<|START_THINKING|>", "<|END_THINKING|>"),
    ("<|inner_prefix|>", "<|inner_suffix|>"),
    ("<|channel>thought\n", "<channel|>"),
    ("<unused94>thought\n", "<unused95>"),
    ("Here is my thought process:", "Here is my response:"),
)
"""Marks at the very beginning: most families; Mistral, Seed, LongCat, Kimi, Cohere, Apertus, Gemma,
Granite."""
_WRAPPERS: Final = (
    ("<|START_RESPONSE|>", "<|END_RESPONSE|>"),
    ("<answer>", "</answer>"),
    ("<response>", "</response>"),
)
"""Marks around the answer after the reasoning: Cohere, Hunyuan, Granite. They are dropped."""
_OPENERS: Final = (*(pair[0] for pair in PAIRS), *STARTS)
_BARE_HARMONY: Final = re.compile(r"analysis(?=[A-Z])")
"""Harmony whose special tokens were dropped by the server."""
_BARE_ANALYSIS: Final = "analysis"
_BARE_FINAL: Final = "assistantfinal"
_BLANKS_LIMIT: Final = 1_000
"""Leading whitespace is held back up to this length, until it is known to precede a mark."""


class _Splitter(Protocol):
    def feed(self, text: str) -> tuple[str, str]:
        """Return the reasoning and the answer in the next piece of text."""

    def finish(self) -> tuple[str, str]:
        """Return the text that was held back."""


class ReasoningSplitter:
    """Splits text into reasoning and answer.

    Only a block at the very beginning is reasoning; the same mark later is part of the answer, such
    as in code or in a quotation. A blank block, which some models write when thinking is disabled,
    is dropped.
    """

    def __init__(self) -> None:
        self._held = ""
        self._state = "start"
        self._close = ""
        self._wrapper_close = ""
        self._has_thought = False
        self._has_block = False
        self._inner: _Splitter | None = None

    def feed(self, text: str) -> tuple[str, str]:
        """Return the reasoning and the answer in the next piece of text."""
        if self._inner is not None:
            return self._inner.feed(text)
        if self._state == "answer":
            return "", text
        return self._advance(text)

    def thought(self, text: str) -> str:
        """Return text that the endpoint itself marks as reasoning, without a mark around it.

        Gemini writes the opening mark into such a part, and the closing mark into the next one.
        """
        if self._state == "start":
            stripped = text.lstrip()
            for opener, close in PAIRS:
                if stripped.startswith(opener):
                    self._state, self._close, self._has_block = "reasoning", close, True
                    return stripped[len(opener) :]
        return text

    @property
    def called(self) -> Sequence[tuple[str, str]]:
        """Name and arguments of the tool calls between the marks."""
        return self._inner.called if isinstance(self._inner, HarmonySplitter) else ()

    def finish(self) -> tuple[str, str]:
        """Return the text that was held back."""
        if self._inner is not None:
            return self._inner.finish()
        held, self._held = self._held, ""
        return (self._thought(held), "") if self._state == "reasoning" else ("", held)

    def _advance(self, text: str) -> tuple[str, str]:
        text, self._held = self._held + text, ""
        reasoning: list[str] = []
        while text:
            if self._state == "reasoning":
                thought, text = self._read_block(text)
                reasoning.append(thought)
            elif self._state == "start":
                text = self._read_start(text)
            elif self._state == "gap":
                text = self._read_gap(text)
                if self._state == "gap":
                    break
            else:
                break
            if self._held:
                return "".join(reasoning), ""
            if self._inner is not None:
                thought, text = self._inner.feed(text)
                return "".join((*reasoning, thought)), text
        return "".join(reasoning), self._unwrapped(text)

    def _read_start(self, text: str) -> str:
        """Look for an opening mark; return the rest of the text after it."""
        stripped = text.lstrip()
        for opener, close in PAIRS:
            if stripped.startswith(opener):
                self._state, self._close, self._has_block = "reasoning", close, True
                return stripped[len(opener) :]
        if stripped.startswith(STARTS):
            self._inner = HarmonySplitter()
            return stripped
        if (bare := _BARE_HARMONY.match(stripped)) and not self._has_block:
            self._state, self._close, self._has_block = "reasoning", _BARE_FINAL, True
            return stripped[bare.end() :]
        openers = (*_OPENERS, *(opener for opener, _ in _WRAPPERS if self._has_block))
        if len(text) < _BLANKS_LIMIT and (
            _may_open(stripped, openers) or _BARE_ANALYSIS.startswith(stripped)
        ):
            self._held = text
            return ""
        self._state = "gap" if self._has_block else "answer"
        return text

    def _read_gap(self, text: str) -> str:
        """Skip the line breaks after a block, and the mark that opens the answer."""
        stripped = text.lstrip()
        for opener, close in _WRAPPERS:
            if stripped.startswith(opener):
                self._wrapper_close, self._state = close, "wrapped"
                return stripped[len(opener) :]
        openers = [opener for opener, _ in _WRAPPERS]
        if stripped and len(text) < _BLANKS_LIMIT and _may_open(stripped, openers):
            self._held = text
            return ""
        answer = text.lstrip("\n")
        if answer.strip():
            self._state = "answer"
        return answer

    def _read_block(self, text: str) -> tuple[str, str]:
        """Return the reasoning up to the closing mark, and the rest after it."""
        end = text.find(self._close)
        if end >= 0:
            thought = self._thought(text[:end])
            # A template may write an empty block before the model's own one.
            self._state = "gap" if self._has_thought else "start"
            return thought, text[end + len(self._close) :]
        end = len(text) - overlap(text, self._close)
        thought = self._thought(text[:end])
        self._held = text[end:] if thought else text
        return thought, ""

    def _unwrapped(self, text: str) -> str:
        """Return a piece of the answer without the mark that ends it."""
        if self._state != "wrapped":
            return text
        if self._wrapper_close in text:
            self._state = "answer"
            head, _, tail = text.partition(self._wrapper_close)
            return head + tail
        end = len(text) - overlap(text, self._wrapper_close)
        self._held = text[end:]
        return text[:end]

    def _thought(self, text: str) -> str:
        """Return a piece of reasoning; empty while all of it is blank."""
        if not self._has_thought:
            self._has_thought = bool(text.strip()) or len(text) > _BLANKS_LIMIT
        return text if self._has_thought else ""


def _may_open(text: str, openers: Iterable[str]) -> bool:
    """Return whether a text is the beginning of a mark."""
    return any(opener.startswith(text) and opener != text for opener in openers)


def overlap(text: str, mark: str) -> int:
    """Return the length of the end of a text that could begin a mark."""
    for length in range(min(len(mark) - 1, len(text)), 0, -1):
        if text.endswith(mark[:length]):
            return length
    return 0
