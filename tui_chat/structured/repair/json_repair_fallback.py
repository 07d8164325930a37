"""json-repair as the last resort, guarded so that it cannot lose or invent content.

It handles more kinds of broken JSON than the lenient parser, but it guesses: it drops and invents
keys, rounds numbers, swallows prose. Its result is used only if it contains exactly the words and
digits of the reply, in the same order.
"""

from __future__ import annotations

import re
from typing import Any, Final, NamedTuple

from tui_chat.core.labels import _
from tui_chat.structured.lossless_json import DEEPEST, depth_of, dumps, scalar_text

LARGEST: Final = 1_000_000
"""Characters; some inputs take json-repair quadratic time."""
_WORD: Final = re.compile(r"\w+")
_NAMED: Final = re.compile(r"""(?:"[^"\n]*"|'[^'\n]*'|[\w$.-]+["']?)(?=\s*[:：=])""")
_ASSIGNED: Final = (
    re.compile(r"""[{\[,]\s*["']?([\w$.-]+)["']?\s*=>?"""),
    re.compile(r"""["'](\w+)["']\s*:"""),
)
"""Names that must be keys of the result."""
_SWALLOWED: Final = re.compile(
    r"""["']\s*:\s*["'{\[\d]|["']\s*[}\]]\s*,|,\s*"\w+"\s*:|["']\s*[}\]]+\s*\Z"""
)
_QUOTE_RUN: Final = re.compile("\"{20,}|'{20,}")
_ESCAPE: Final = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL)
_MOST_LOGGED: Final = 200


class Repaired(NamedTuple):
    """A result of json-repair."""

    json: str
    log: tuple[str, ...]
    """The log of json-repair, as sentences."""


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
    """Repair a text with json-repair, which has no time limit: call it in a process.

    Raises:
        CannotRepair: There is no result, or it changed more than punctuation.
    """
    if len(text) > LARGEST:
        limit = _("It exceeds the limit of {count} characters for repairs.")
        raise CannotRepair(limit.format(count=f"{LARGEST:,}"))
    import json_repair

    try:
        value, log = json_repair.repair_json(
            text, return_objects=True, skip_json_loads=True, logging=True
        )
    # It may raise anything on a hostile text, and its result is optional.
    except Exception as error:  # noqa: BLE001
        failure = _("json-repair failed: {error}.").format(error=type(error).__name__)
        raise CannotRepair(failure) from None
    if not isinstance(value, dict | list) or not value:
        raise CannotRepair(_("json-repair found no object in it."))
    if depth_of(value) > DEEPEST:
        limit = _("It is nested more than {count} levels deep.")
        raise CannotRepair(limit.format(count=DEEPEST))
    if _words_in(value) != _words_of(text):
        raise CannotRepair(
            _("json-repair would lose or change content, so its result was discarded.")
        )
    if not _WORD.search(text) or _loses_content(value, text):
        raise CannotRepair(_("json-repair would lose content, so its result was discarded."))
    if not _has_keys(value, text):
        raise CannotRepair(_("json-repair would invent keys, so its result was discarded."))
    entries = (f"json-repair: {str(entry.get('text', ''))[:200]}" for entry in log[:_MOST_LOGGED])
    return Repaired(dumps(value), tuple(entries))


def _has_keys(value: Any, text: str) -> bool:
    """Return whether all keys of a value precede a colon in the text, in the same order."""
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


def _loses_content(value: Any, text: str) -> bool:
    """Return whether names before an equals sign are not keys, or strings swallowed structure."""
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
