"""Maps an offset in a reply to the path of a node in its object."""

from __future__ import annotations

import itertools
import json
import re
from itertools import islice
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from tui_chat.structured.verdict import Evaluation, Path

LARGEST: Final = 1_000_000
"""Characters; locating a node beyond this offset takes more than 40 ms."""
_SOLID: Final = re.compile(r"[^ \t\r\n]")
_DECODE: Final = json.JSONDecoder(strict=False, parse_int=str, parse_float=str).raw_decode
_BLANKS: Final = "\ufeff \t\r\n"


def path_of_match(evaluation: Evaluation, pattern: re.Pattern[str], ordinal: int) -> Path | None:
    """Return the path of the node that contains a search match.

    Args:
        evaluation: The reply and its object.
        pattern: The search pattern.
        ordinal: Index of the match in the raw reply, from 0.

    Returns:
        None when the match is outside of the object, or beyond LARGEST.
    """
    if evaluation.json is None:
        return None
    match = next(islice(pattern.finditer(evaluation.raw), ordinal, None), None)
    at = _in_json(evaluation, match.start(), pattern) if match is not None else None
    return None if at is None or at > LARGEST else node_at(evaluation.json, at)


def node_at(text: str, offset: int) -> Path:
    """Return the path of the node whose key or value is at an offset of a JSON text.

    Values before it are skipped at the speed of the decoder. A bracket belongs to its object or
    list.
    """
    steps: list[str | int] = []
    at = _skip_blanks(text, 0)
    while text[at : at + 1] in ("{", "["):
        child = _child_at(text, at, offset)
        if child is None:
            break
        step, at = child
        steps.append(step)
        if at > offset:
            # The offset is in the key.
            break
    return tuple(steps)


def _child_at(text: str, start: int, offset: int) -> tuple[str | int, int] | None:
    """Return the child that contains an offset, and where its value begins; None for no child."""
    is_object = text[start] == "{"
    at = start
    for index in itertools.count():
        at = _skip_blanks(text, at + 1)
        if at > offset or text[at] in "}]":
            return None
        step: str | int = index
        if is_object:
            step, colon = _DECODE(text, at)
            at = _skip_blanks(text, _skip_blanks(text, colon) + 1)
        _, end = _DECODE(text, at)
        if offset < end:
            return step, at
        at = _skip_blanks(text, end)
    return None


def _skip_blanks(text: str, at: int) -> int:
    """Return the offset of the next character that is not whitespace."""
    found = _SOLID.search(text, at)
    return found.start() if found is not None else len(text)


def _in_json(evaluation: Evaluation, offset: int, pattern: re.Pattern[str]) -> int | None:
    """Translate an offset in the raw reply to one in the JSON of its object."""
    text, raw = evaluation.json or "", evaluation.raw
    if text == raw:
        return offset
    blanks = len(raw) - len(raw.lstrip(_BLANKS))
    moved = -blanks
    for repair in sorted(
        evaluation.repairs, key=lambda repair: (repair.start or 0, repair.end or 0)
    ):
        start, end, replacement = repair.start, repair.end, repair.replacement
        if start is None or end is None:
            continue
        if offset < start:
            break
        if start == 0 and end >= blanks:
            # The blanks before the object were removed with the text around it.
            moved = 0
        if offset < end:
            count = sum(1 for _ in pattern.finditer(raw, start, offset))
            found = next(islice(pattern.finditer(replacement), count, None), None)
            return None if found is None else start + moved + found.start()
        moved += len(replacement) - (end - start)
    at = offset + moved
    # Repairs beyond the stored ones may have moved it further.
    return at if at >= 0 and pattern.match(text, at) else None
