"""json-repair as the last resort, with a guard: what it changes must leave every word in place.

It knows more ways in which JSON breaks than the mender, and guesses more boldly: it drops and
invents keys, rounds numbers, swallows prose. A result is used only when the words and digits of the
answer all stand in it, in their order, and no others.
"""

from __future__ import annotations

import re
from typing import Any, Final, NamedTuple

from tui_chat.structured.lossless_json import DEEPEST, depth_of, dumps, scalar_text

LARGEST: Final = 1_000_000
"""Characters that are given to json-repair; some inputs cost it the square of their length."""
_WORD: Final = re.compile(r"\w+")
_NAMED: Final = re.compile(r"""(?:"[^"\n]*"|'[^'\n]*'|[\w$.-]+["']?)(?=\s*[:：=])""")
_ASSIGNED: Final = (
    re.compile(r"""[{\[,]\s*["']?([\w$.-]+)["']?\s*=>?"""),
    re.compile(r"""["'](\w+)["']\s*:"""),
)
"""What must be a key of the result."""
_SWALLOWED: Final = re.compile(r"""["']\s*:\s*["'{\[\d]|["']\s*[}\]]\s*,|,\s*"\w+"\s*:""")
_QUOTE_RUN: Final = re.compile("\"{20,}|'{20,}")
_ESCAPE: Final = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL)
_MOST_LOGGED: Final = 200


class Repaired(NamedTuple):
    """What json-repair made of a text."""

    json: str
    log: tuple[str, ...]
    """What it did, in its words."""


class _Key(NamedTuple):
    key: str


class CannotRepair(Exception):
    """json-repair's result cannot be used.

    Attributes:
        message: Why, as a sentence.
    """

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def repair(text: str) -> Repaired:
    """Repair a text by json-repair.

    It has no limit of time of its own: run it where it can be ended.

    Raises:
        CannotRepair: There is no result, or it changed more than marks.
    """
    if len(text) > LARGEST:
        raise CannotRepair(f"It is longer than the {LARGEST:,} characters that are repaired.")
    import json_repair

    try:
        value, log = json_repair.repair_json(
            text, return_objects=True, skip_json_loads=True, logging=True
        )
    # Whatever it raises on a hostile text: a repair is an offer, never needed.
    except Exception as error:  # noqa: BLE001
        raise CannotRepair(f"json-repair failed on it: {type(error).__name__}.") from None
    if not isinstance(value, dict | list) or not value:
        raise CannotRepair("json-repair finds no object in it.")
    if depth_of(value) > DEEPEST:
        raise CannotRepair(f"It is nested more than {DEEPEST} levels deep.")
    if _words_in(value) != _words_of(text):
        raise CannotRepair("json-repair would drop or change words of it, so it was not used.")
    if not _WORD.search(text) or _drops_marks(value, text):
        raise CannotRepair("json-repair would drop more than marks of it, so it was not used.")
    if not _has_keys(value, text):
        raise CannotRepair(
            "json-repair would make keys of words that are none, so it was not used."
        )
    words = (f"json-repair: {str(entry.get('text', ''))[:200]}" for entry in log[:_MOST_LOGGED])
    return Repaired(dumps(value), tuple(words))


def _has_keys(value: Any, text: str) -> bool:
    """Say whether all keys of a value stand before a colon in a text, in their order."""
    named = iter([_WORD.findall(found[0]) for found in _NAMED.finditer(text)])
    keys: list[str] = []
    waiting = [value]
    while waiting:
        node = waiting.pop()
        if isinstance(node, _Key):
            keys.append(node.key)
        elif isinstance(node, dict):
            for key, inner in reversed(node.items()):
                waiting += [inner, _Key(key)]
        elif isinstance(node, list):
            waiting.extend(reversed(node))
    return all(any(_WORD.findall(key) == words for words in named) for key in keys)


def _drops_marks(value: Any, text: str) -> bool:
    """Say whether keys of a text before an equals sign are not keys, or calls became something."""
    assigned = {found[1] for pattern in _ASSIGNED for found in pattern.finditer(text)}
    keys: set[str] = set()
    texts: list[str] = []
    objects = 0
    waiting = [value]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            keys.update(node)
            objects += 1
            waiting.extend(node.values())
        elif isinstance(node, list):
            waiting.extend(node)
        elif isinstance(node, str):
            texts.append(node)
    has_swallowed = any(map(_SWALLOWED.search, [*keys, *texts]))
    opened, closed = text.count("["), text.count("]")
    is_open = closed > opened or (opened > closed and objects > text.count("{"))
    return not assigned <= keys or has_swallowed or is_open or bool(_QUOTE_RUN.search(text))


def _words_of(text: str) -> list[str]:
    return _WORD.findall(_ESCAPE.sub(_unescaped, text))


def _words_in(value: Any) -> list[str]:
    words: list[str] = []
    waiting = [value]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            for key, inner in reversed(node.items()):
                waiting += [inner, key]
        elif isinstance(node, list):
            waiting.extend(reversed(node))
        else:
            words += _WORD.findall(node if isinstance(node, str) else scalar_text(node))
    return words


def _unescaped(found: re.Match[str]) -> str:
    if found[1]:
        return chr(int(found[1], 16))
    return " " if found[2] in "nrtbf" else found[2]
