"""Where a place in an answer is in its object."""

from __future__ import annotations

import itertools
import json
import re
from itertools import islice
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from tui_chat.structured.verdict import Evaluation, Path

LARGEST: Final = 1_000_000
"""Characters of an object up to a place; finding it takes up to 40 ms for so many."""
_SOLID: Final = re.compile(r"[^ \t\r\n]")
_DECODE: Final = json.JSONDecoder(strict=False, parse_int=str, parse_float=str).raw_decode
_BLANKS: Final = "\ufeff \t\r\n"


def path_of_match(evaluation: Evaluation, pattern: re.Pattern[str], ordinal: int) -> Path | None:
    """Return the node that holds a match of what is looked for.

    Args:
        evaluation: The answer with its object.
        pattern: What is looked for.
        ordinal: Which match in the answer as it came, counted from 0.

    Returns:
        None where it is in nothing of the object: in what was left out around it, say, or beyond
        LARGEST.
    """
    if evaluation.json is None:
        return None
    match = next(islice(pattern.finditer(evaluation.raw), ordinal, None), None)
    at = _in_json(evaluation, match.start(), pattern) if match is not None else None
    return None if at is None or at > LARGEST else node_at(evaluation.json, at)


def node_at(text: str, offset: int) -> Path:
    """Return the path of the node whose key or value stands at an offset of a text of JSON.

    What stands before it is passed over value by value, at the speed of the decoder. What belongs
    to no child, such as a bracket, is that of the object or list.
    """
    steps: list[str | int] = []
    at = _solid(text, 0)
    while text[at : at + 1] in ("{", "["):
        child = _child_at(text, at, offset)
        if child is None:
            break
        step, at = child
        steps.append(step)
        if at > offset:
            # It is in the key.
            break
    return tuple(steps)


def _child_at(text: str, start: int, offset: int) -> tuple[str | int, int] | None:
    """Return the child of the object or list that begins at a place, and where its value is."""
    is_object = text[start] == "{"
    at = start
    for index in itertools.count():
        at = _solid(text, at + 1)
        if at > offset or text[at] in "}]":
            return None
        step: str | int = index
        if is_object:
            step, colon = _DECODE(text, at)
            at = _solid(text, _solid(text, colon) + 1)
        _, end = _DECODE(text, at)
        if offset < end:
            return step, at
        at = _solid(text, end)
    return None


def _solid(text: str, at: int) -> int:
    """Return where the next character stands that is no blank."""
    found = _SOLID.search(text, at)
    return found.start() if found is not None else len(text)


def _in_json(evaluation: Evaluation, offset: int, pattern: re.Pattern[str]) -> int | None:
    """Return where in the object's JSON something is that was found in the answer as it came."""
    text, raw = evaluation.json or "", evaluation.raw
    if text == raw:
        return offset
    blanks = len(raw) - len(raw.lstrip(_BLANKS))
    moved = -blanks
    for repair in sorted(
        evaluation.repairs, key=lambda repair: (repair.start or 0, repair.end or 0)
    ):
        start, end, after = repair.start, repair.end, repair.replacement
        if start is None or end is None:
            continue
        if offset < start:
            break
        if start == 0 and end >= blanks:
            # The blanks before the object went with what was left out.
            moved = 0
        if offset < end:
            count = sum(1 for _ in pattern.finditer(raw, start, offset))
            found = next(islice(pattern.finditer(after), count, None), None)
            return None if found is None else start + moved + found.start()
        moved += len(after) - (end - start)
    at = offset + moved
    # Repairs beyond those that are kept one by one moved it further.
    return at if at >= 0 and pattern.match(text, at) else None
