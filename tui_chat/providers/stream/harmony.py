"""Splits text in the harmony format (gpt-oss), whose channels some servers do not take apart.

A message is `<|start|>assistant<|channel|>NAME<|message|>TEXT<|end|>`. The channel `final` is the
answer; the others, `analysis` and `commentary`, are reasoning. A message to a tool is a call:
`<|channel|>commentary to=functions.NAME <|constrain|>json<|message|>ARGUMENTS<|call|>`.
"""

from __future__ import annotations

import re
from typing import Final

STARTS: Final = ("<|channel|>", "<|start|>")
_MESSAGE: Final = "<|message|>"
_ENDS: Final = ("<|end|>", "<|return|>", "<|call|>")
_TOKENS: Final = (*STARTS, _MESSAGE, *_ENDS, "<|constrain|>")
_TOKEN: Final = re.compile("|".join(re.escape(token) for token in _TOKENS))
_LONGEST: Final = max(len(token) for token in _TOKENS)
_HEADER_LIMIT: Final = 200
_RECIPIENT: Final = re.compile(r"\bto=(?:functions\.)?([\w.-]+)")


class HarmonySplitter:
    """Splits messages in channels into reasoning and answer."""

    def __init__(self) -> None:
        self._held = ""
        self._header: str | None = ""
        """The header of the next message; None inside a message."""
        self._is_answer = False
        self._has_answer = self._has_thought = False
        self._called: list[tuple[str, list[str]]] = []
        self._is_call = False

    def feed(self, text: str) -> tuple[str, str]:
        """Return the reasoning and the answer in the next piece of text."""
        text, self._held = self._held + text, ""
        reasoning, answer = list[str](), list[str]()
        at = 0
        for found in _TOKEN.finditer(text):
            self._put(text[at : found.start()], reasoning, answer)
            self._take(found[0])
            at = found.end()
        rest = text[at:]
        kept = self._partial(rest)
        self._put(rest[: len(rest) - kept], reasoning, answer)
        self._held = rest[len(rest) - kept :]
        return "".join(reasoning), "".join(answer)

    @property
    def called(self) -> list[tuple[str, str]]:
        """Name and arguments of the calls so far."""
        return [(name, "".join(parts)) for name, parts in self._called]

    def finish(self) -> tuple[str, str]:
        """Return the text that was held back."""
        reasoning, answer = list[str](), list[str]()
        held, self._held = self._held, ""
        self._put(held, reasoning, answer)
        return "".join(reasoning), "".join(answer)

    def _take(self, token: str) -> None:
        if token == _MESSAGE:
            header = self._header or ""
            name = header.partition("<|channel|>")[2] or header
            # A reply without a channel is the answer.
            self._is_answer = name.strip().startswith("final") or not name.strip()
            recipient = _RECIPIENT.search(header)
            self._is_call = recipient is not None
            if recipient is not None:
                self._called.append((recipient[1], []))
            self._header = None
        elif token in _ENDS:
            self._header = ""
        elif self._header is None:
            # The end of the message before is missing.
            self._header = token
        elif len(self._header) < _HEADER_LIMIT:
            self._header += token

    def _put(self, text: str, reasoning: list[str], answer: list[str]) -> None:
        if not text:
            return
        if self._header is not None:
            # Only a header precedes a message; without tokens after an end, it is an answer.
            self._header = (self._header + text)[:_HEADER_LIMIT]
        elif self._is_call:
            self._called[-1][1].append(text)
        elif self._is_answer:
            answer.append(text)
            self._has_answer = True
        else:
            reasoning.append(text)
            self._has_thought = True

    @staticmethod
    def _partial(text: str) -> int:
        """Return the length of the end that could begin a token."""
        for length in range(min(_LONGEST - 1, len(text)), 0, -1):
            end = text[-length:]
            if any(token.startswith(end) for token in _TOKENS):
                return length
        return 0
