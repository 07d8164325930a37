"""Parses `/name` in the prompt and finds the entry that it names."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tui_chat.ui.commands.entry import Entry

_WORD: Final = re.compile(r"/(\w[\w-]*|\?)[ \t]*\Z")
_WITH_ARGUMENT: Final = re.compile(r"/(\w[\w-]*)[ \t]+(\S.*)")
_BEGUN: Final = re.compile(r"/([\w?-]*)\Z")
_ESCAPED: Final = re.compile(r"//+(?:\w[\w-]*|\?)?[ \t]*\Z")
_LIKENESS: Final = 0.6


@dataclass(frozen=True, slots=True)
class Unknown:
    """A word after the slash that names nothing."""

    word: str
    nearest: str
    """The name that is most like it; empty if none is."""


def names_command(text: str) -> bool:
    """Return whether a text has the form of a command, known or not."""
    return _WORD.match(text) is not None


def begun_word(text: str) -> str | None:
    """Return the part of a name that follows the slash; None if a text is not a name."""
    match = _BEGUN.match(text)
    return match[1] if match is not None else None


def parse(text: str, entries: Sequence[Entry]) -> Entry | Unknown | None:
    """Return the entry that a line such as `/new` names; None for a text.

    A path, several words, several lines and a line that begins with a space are texts.
    """
    match = _WORD.match(text)
    if match is None:
        return None
    word = _folded(match[1])
    for entry in entries:
        if word == entry.name or word in entry.aliases:
            return entry
    if not word.isdecimal() and not Path(f"/{match[1]}").exists():
        return Unknown(match[1], _nearest(word, entries))
    return None


def parse_argument(text: str, entries: Sequence[Entry]) -> Callable[[], object] | None:
    """Return what a line such as `/attach report.pdf` runs; None for a text."""
    match = _WITH_ARGUMENT.fullmatch(text)
    if match is None:
        return None
    word, argument = _folded(match[1]), match[2].strip()
    for entry in entries:
        if entry.run_with is not None and (word == entry.name or word in entry.aliases):
            return partial(entry.run_with, argument)
    return None


def unescaped(text: str) -> str:
    """Return the text to send: `//name` sends `/name`; code that begins with `//` stays."""
    return text[1:] if _ESCAPED.match(text) else text


def escaped(text: str) -> str:
    """Return the text to type for a question that was sent."""
    return f"/{text}" if _WORD.match(text) or _ESCAPED.match(text) else text


def matching(word: str, entries: Sequence[Entry]) -> list[Entry]:
    """Return the entries for the begin of a name, best first: each in the order of the table.

    Args:
        word: The letters after the slash.
        entries: All entries.
    """
    wanted = _folded(word)
    ranks: tuple[list[Entry], ...] = ([], [], [])
    for entry in entries:
        if entry.name.startswith(wanted):
            ranks[0].append(entry)
        elif any(alias.startswith(wanted) for alias in entry.aliases):
            ranks[1].append(entry)
        elif any(part.startswith(wanted) for part in entry.name.split("-")):
            ranks[2].append(entry)
    exact = [entry for entry in ranks[1] if wanted in entry.aliases]
    first = [entry for entry in ranks[0] if entry.name == wanted] or exact
    return [*first, *(entry for rank in ranks for entry in rank if entry not in first)]


def _folded(word: str) -> str:
    return word.casefold().replace("_", "-")


def _nearest(word: str, entries: Sequence[Entry]) -> str:
    # Imported only for a mistyped word.
    import difflib

    names = {alias: entry.name for entry in entries for alias in (*entry.aliases, entry.name)}
    alike = difflib.get_close_matches(word, names, n=1, cutoff=_LIKENESS)
    return names[alike[0]] if alike else ""
