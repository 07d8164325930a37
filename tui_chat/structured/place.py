"""Where a place in an answer is in its object."""

from __future__ import annotations

import json
import re
from itertools import islice
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from tui_chat.structured.verdict import Judged, Path

LARGEST: Final = 1_000_000
"""Characters of an object up to a place; finding it beyond would hold up a frame for too long."""
_TOKEN: Final = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\],:]|[^\s{}\[\],:"]+', re.DOTALL)
_BLANKS: Final = "\ufeff \t\r\n"


def path_of_match(judged: Judged, pattern: re.Pattern[str], ordinal: int) -> Path | None:
    """Return the node that holds a match of what is looked for.

    Args:
        judged: The answer with its object.
        pattern: What is looked for.
        ordinal: Which match in the answer as it came, counted from 0.

    Returns:
        None where it is in nothing of the object: in what was left out around it, say, or beyond
        LARGEST.
    """
    if judged.json is None:
        return None
    match = next(islice(pattern.finditer(judged.raw), ordinal, None), None)
    at = _in_json(judged, match.start(), pattern) if match is not None else None
    return None if at is None or at > LARGEST else node_at(judged.json, at)


def node_at(text: str, offset: int) -> Path:
    """Return the path of the node that stands at an offset of a text of JSON."""
    steps: list[str | int] = []
    is_key = False
    for token in _TOKEN.finditer(text):
        mark = token[0]
        if token.start() > offset:
            break
        if mark == "{":
            steps.append("")
            is_key = True
        elif mark == "[":
            steps.append(0)
        elif mark in "}]":
            del steps[-1:]
            is_key = False
        elif mark == ",":
            last = steps[-1] if steps else ""
            if isinstance(last, int):
                steps[-1] = last + 1
            else:
                is_key = True
        elif is_key and steps:
            steps[-1] = _key(mark)
            is_key = False
        if token.end() > offset:
            # A bracket or comma belongs to the object or list that it is part of.
            return tuple(steps[:-1] if mark in "{[," else steps)
    return tuple(steps)


def _key(token: str) -> str:
    try:
        return str(json.loads(token))
    except ValueError:
        return token


def _in_json(judged: Judged, offset: int, pattern: re.Pattern[str]) -> int | None:
    """Return where in the object's JSON something is that was found in the answer as it came."""
    text, raw = judged.json or "", judged.raw
    if text == raw:
        return offset
    blanks = len(raw) - len(raw.lstrip(_BLANKS))
    moved = -blanks
    for repair in sorted(judged.repairs, key=lambda repair: (repair.start or 0, repair.end or 0)):
        start, end, after = repair.start, repair.end, repair.after
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
