"""The repairs of an answer as a diff_repairs between what came and what is read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tui_chat.structured.verdict import Evaluation

_COMPARED: Final = 20_000
"""Characters up to which a part that was replaced as a whole is compared word by word; the
comparison takes quadratic time."""
_WORD: Final = re.compile(r"\w+|\s+|.", re.DOTALL)


class Change(StrEnum):
    """What became of a piece of the answer."""

    SAME = "same"
    REMOVED = "removed"
    ADDED = "added"


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text that stayed, went or came."""

    change: Change
    text: str
    """Raw: from outside, and may hold anything."""


def diff_repairs(evaluation: Evaluation) -> list[Piece]:
    """Return the raw answer with every change of its text, in order.

    All that stayed or was removed is the raw answer; all that stayed or was added is what is read,
    as far as the repairs were kept one by one.
    """
    pieces: list[Piece] = []
    at = 0
    for repair in sorted(
        evaluation.repairs, key=lambda repair: (repair.start or 0, repair.end or 0)
    ):
        if repair.start is None or repair.end is None or repair.start < at:
            continue
        pieces.append(Piece(Change.SAME, evaluation.raw[at : repair.start]))
        pieces.extend(_replaced(evaluation.raw[repair.start : repair.end], repair.replacement))
        at = repair.end
    pieces.append(Piece(Change.SAME, evaluation.raw[at:]))
    return [piece for piece in pieces if piece.text]


def _replaced(before: str, after: str) -> Iterator[Piece]:
    if not before or not after or len(before) + len(after) > _COMPARED:
        yield Piece(Change.REMOVED, before)
        yield Piece(Change.ADDED, after)
        return
    old, new = _WORD.findall(before), _WORD.findall(after)
    matcher = SequenceMatcher(None, old, new, autojunk=True)
    for kind, i1, i2, j1, j2 in matcher.get_opcodes():
        if kind == "equal":
            yield Piece(Change.SAME, "".join(old[i1:i2]))
        else:
            yield Piece(Change.REMOVED, "".join(old[i1:i2]))
            yield Piece(Change.ADDED, "".join(new[j1:j2]))
