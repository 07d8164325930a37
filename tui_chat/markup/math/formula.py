"""Formulas as text: the only part of this room that others use.

An answer of None means that the source is shown: the formula has a part that is not known, or its
text would be ambiguous.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from tui_chat.markup.math.linear import equations
from tui_chat.markup.math.linear import linear as linear_of
from tui_chat.markup.math.nodes import Row, UnclearFormula
from tui_chat.markup.math.parser import parse
from tui_chat.markup.math.stacked import stacked as stacked_of

LONGEST: Final = 4_000
"""Maximum length of a formula; a longer one is shown as source."""
_DELIMITED: Final = (("$$", "$$"), ("\\[", "\\]"), ("\\(", "\\)"), ("$", "$"))
_RIGHT_TO_LEFT: Final = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]")
_COMMANDS: Final = re.compile(r"\\[a-zA-Z]+\*?(?:\s*\{[^{}]*\})?|[_^]\{[A-Za-z]*\}")
_PROSE: Final = re.compile(
    r"(?<![A-Za-z])(?!d[a-z](?:d[a-z])*(?![a-z]))[a-z]{3,}"
    r"|(?<![A-Za-z])(?:or|to|in|is|at|of|on|by|an|as|if|it|no|so|up|vs|we)(?![A-Za-z])"
)
"""Words: between two dollar signs they are more likely prose than a product of variables."""
_SHELL: Final = re.compile(r"^\{\w+\}|^\w+\(\)|(?<![\^_])[:/,;=&+<>.*?@~(\[-]\s*$")


def linear(source: str) -> str | None:
    """Return a formula on one row."""
    tree = _tree(source)
    try:
        return _clean(linear_of(tree)) if tree is not None else None
    except UnclearFormula:
        return None


@lru_cache(256)
def lines(source: str) -> tuple[str, ...] | None:
    """Return a formula without stacked parts: one row, or one for each of its equations."""
    tree = _tree(source)
    try:
        return tuple(map(_clean, equations(tree))) if tree is not None else None
    except UnclearFormula:
        return None


@lru_cache(256)
def stacked(source: str) -> tuple[str, ...] | None:
    """Return the rows of a formula as it would be set on paper."""
    tree = _tree(source)
    try:
        return tuple(row.rstrip() for row in stacked_of(tree).rows) if tree is not None else None
    except UnclearFormula:
        return None


@lru_cache(512)
def _tree(source: str) -> Row | None:
    body = _body(source)
    if body is None or _RIGHT_TO_LEFT.search(body):
        return None
    try:
        tree = parse(body)
    except UnclearFormula:
        return None
    return tree if tree.nodes else None


def _body(source: str) -> str | None:
    """Return a formula without its delimiters; None if it is probably something else."""
    source = source.strip()
    if len(source) > LONGEST:
        return None
    for opening, closing in _DELIMITED:
        if source.startswith(opening):
            if not source.endswith(closing) or len(source) <= len(opening) + len(closing):
                return None
            body = source[len(opening) : -len(closing)]
            is_prose = opening == "$" and _looks_like_prose(body)
            return None if is_prose else body
    return source if source.startswith("\\begin") else None


def _looks_like_prose(body: str) -> bool:
    is_cut = body.count("|") % 2 and "\\" not in body and body.endswith("|")
    return bool(is_cut or _SHELL.search(body) or _PROSE.search(_COMMANDS.sub(" ", body)))


def _clean(text: str) -> str:
    return text.strip()
