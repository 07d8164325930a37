"""Nesting of square brackets: markdown-it takes quadratic time to look for links in deep ones."""

from __future__ import annotations

from typing import Final

_DEEPEST: Final = 60


def has_few_brackets(source: str) -> bool:
    """Return whether links in a text can be parsed: at most 60 brackets are open at a time."""
    if source.count("[") <= _DEEPEST:
        return True
    depth = deepest = 0
    for character in source:
        if character == "[":
            depth += 1
            deepest = max(deepest, depth)
        elif character == "]" and depth:
            depth -= 1
    return deepest <= _DEEPEST
