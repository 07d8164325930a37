"""Joins a question with its long pasted texts, and splits them again.

A question is sent, saved as a draft and kept in the history as one plain text. The prompt shows
long pastes separately, because a text area cannot hold a megabyte.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

LARGE_CHARACTERS: Final = 20_000
"""A longer paste is kept outside the text area."""
LONG_LINE: Final = 5_000
"""So is a paste with a longer line: a text area lays out the whole line again for every key
(measured with Textual 8.2: a line of 1 MB costs a second per key)."""

_HEAD: Final = "[pasted text {}]\n"
_FIRST_HEAD: Final = re.compile(r"^\[pasted text 1\]\n(`{3,})\n", re.MULTILINE)
_TICKS: Final = re.compile("`{3,}")
_LONG: Final = re.compile(f"[^\n]{{{LONG_LINE + 1}}}")


def is_large(text: str) -> bool:
    """Return whether a text is too large for a text area."""
    return len(text) > LARGE_CHARACTERS or _LONG.search(text) is not None


def has_long_line(text: str) -> bool:
    """Return whether a text has a line that makes a text area slow."""
    return _LONG.search(text) is not None


def join_pastes(text: str, pastes: Sequence[str]) -> str:
    """Return a question with its pastes in order, as it is sent.

    Each paste is fenced by more backticks than it contains. A single paste without text is the
    question itself.
    """
    if not pastes:
        return text
    if len(pastes) == 1 and not text.strip():
        return pastes[0]
    blocks = [text] if text.strip() else []
    for number, paste in enumerate(pastes, 1):
        fence = _fence(paste)
        blocks.append(f"{_HEAD.format(number)}{fence}\n{paste}\n{fence}")
    return "\n\n".join(blocks)


def split_pastes(question: str) -> tuple[str, list[str]]:
    """Split a question into its text and its pastes; the inverse of `join_pastes`.

    A small question is all text. A large question that `join_pastes` did not create is one paste.
    """
    if not is_large(question):
        return question, []
    text, pastes = _read(question)
    if not pastes or is_large(text) or join_pastes(text, pastes) != question:
        return "", [question]
    return text, pastes


def line_count(text: str) -> int:
    """Return the number of lines of a text; a final line break does not start another."""
    return text.count("\n") + (not text.endswith("\n"))


def _fence(paste: str) -> str:
    if "```" not in paste:
        # Much faster than the pattern, and the usual case for a megabyte.
        return "```"
    longest = max((len(ticks) for ticks in _TICKS.findall(paste)), default=2)
    return "`" * max(3, longest + 1)


def _read(question: str) -> tuple[str, list[str]]:
    head = _FIRST_HEAD.search(question) if _HEAD.format(1) in question else None
    if head is None:
        return "", []
    text = question[: head.start()].removesuffix("\n\n")
    pastes: list[str] = []
    while head is not None:
        # The paste contains no run of backticks as long as the fence.
        end = question.find(f"\n{head[1]}", head.end())
        if end < 0:
            return "", []
        pastes.append(question[head.end() : end])
        at = end + 1 + len(head[1])
        following = re.compile(rf"\n\n\[pasted text {len(pastes) + 1}\]\n(`{{3,}})\n")
        head = following.match(question, at)
    return text, pastes
