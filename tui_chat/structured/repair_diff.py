"""The repairs of a reply as a diff between the raw text and the JSON."""

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
"""Characters; longer replacements are not compared word by word, which takes quadratic time."""
_WORD: Final = re.compile(r"\w+|\s+|.", re.DOTALL)


class Change(StrEnum):
    """The kind of a piece."""

    SAME = "same"
    REMOVED = "removed"
    ADDED = "added"


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text that is unchanged, removed or added."""

    change: Change
    text: str
    """Unsanitized."""


def diff_repairs(evaluation: Evaluation) -> list[Piece]:
    """Return the raw reply with every change of its text, in order.

    The unchanged and removed pieces make up the raw reply, the unchanged and added pieces the JSON,
    as far as the repairs are stored one by one.
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
