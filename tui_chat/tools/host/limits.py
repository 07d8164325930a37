"""Limits of what a server may send; the rest is dropped and reported."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

LINE_BYTES: Final = 16_000_000
"""The longest message of a server."""
TOOLS: Final = 512
PAGES: Final = 64
NAME: Final = 128
DESCRIPTION: Final = 8_000
SCHEMA: Final = 100_000
"""The longest schema of a tool, in characters of JSON."""
DEPTH: Final = 40
ENTRIES: Final = 1_000
"""The most prompts or resources."""
RESULT_BYTES: Final = 4_000_000
"""The largest result that is kept."""
PARTS: Final = 200
STDERR_LINE: Final = 1_000
LINES_PER_S: Final = 20
"""The most lines of standard error and log messages that are passed on."""
BROKEN_LINES: Final = 1_000
"""Lines on standard output outside the protocol, after which a server counts as broken."""


def cut(text: str, limit: int) -> str:
    """Return the beginning of a text."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def depth_of(value: Any) -> int:
    """Return the depth of a JSON value; one more than the limit if it is deeper."""
    level: list[Any] = [value]
    for depth in range(DEPTH + 1):
        level = [inner for item in level for inner in _inner(item)]
        if not level:
            return depth
    return DEPTH + 1


def _inner(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def is_usable_tool(name: str, schema: dict[str, Any]) -> bool:
    """Return whether a tool is within the limits, so that it can be offered."""
    if not 0 < len(name) <= NAME or not name.isprintable() or depth_of(schema) > DEPTH:
        return False
    return len(json.dumps(schema)) <= SCHEMA
