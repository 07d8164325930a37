"""Long pasted texts beside a question: how they become one text with it, and part from it again.

The question that is sent, saved as a draft or walked through in the history is one plain text. In
the prompt its long pastes stand apart, because a text area cannot hold a megabyte.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

LARGE_CHARACTERS: Final = 20_000
"""More than this in one paste stands apart."""
LONG_LINE: Final = 5_000
"""So does a paste with a longer line: a text area lays a whole line out anew with every key
(measured with Textual 8.2: a line of 1 MB costs a second per key)."""

_HEAD: Final = "[pasted text {}]\n"
_FIRST_HEAD: Final = re.compile(r"^\[pasted text 1\]\n(`{3,})\n", re.MULTILINE)
_TICKS: Final = re.compile("`{3,}")
_LONG: Final = re.compile(f"[^\n]{{{LONG_LINE + 1}}}")


def is_large(text: str) -> bool:
    """Say whether a text is too large for a text area."""
    return len(text) > LARGE_CHARACTERS or _LONG.search(text) is not None


def has_long_line(text: str) -> bool:
    """Say whether a text has a line that makes a text area slow."""
    return _LONG.search(text) is not None


def join_pastes(text: str, pastes: Sequence[str]) -> str:
    """Return a question with its pastes, in their order, as it is sent.

    Each paste stands in a fence of its own, longer than any inside of it. A paste alone is the
    question as it is.
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
    """Return the text and the pastes of a question; joined again they are the question.

    A small question is all text; a large one that was not made by `join_pastes` is all paste.
    """
    if not is_large(question):
        return question, []
    text, pastes = _read(question)
    if not pastes or is_large(text) or join_pastes(text, pastes) != question:
        return "", [question]
    return text, pastes


def line_count(text: str) -> int:
    """Return how many lines a text has; an end of line at its end begins no other."""
    return text.count("\n") + (not text.endswith("\n"))


def _fence(paste: str) -> str:
    if "```" not in paste:
        # Far faster than the pattern, and the usual case of a megabyte.
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
        # No run of backticks inside is as long as the fence.
        end = question.find(f"\n{head[1]}", head.end())
        if end < 0:
            return "", []
        pastes.append(question[head.end() : end])
        at = end + 1 + len(head[1])
        following = re.compile(rf"\n\n\[pasted text {len(pastes) + 1}\]\n(`{{3,}})\n")
        head = following.match(question, at)
    return text, pastes
