"""Parses `/name` in the prompt and finds the entry that it names."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tui_chat.ui.commands.table import NAMES_WITH_ARGUMENT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui_chat.ui.commands.entry import Entry

_CALL: Final = re.compile(r"/(\w[\w-]*)[ \t]+(\S[^\r\n]*)\Z")
"""A name with an argument."""
_CALL_OF_LINES: Final = re.compile(r"/(\w[\w-]*)\s+(\S.*)\Z", re.DOTALL)
"""A name with a text of any number of lines."""
_WORD: Final = re.compile(r"/(\w[\w-]*|\?)[ \t]*\Z")
_BEGUN: Final = re.compile(r"/([\w?-]*)\Z")
_ESCAPED: Final = re.compile(r"//+(?:\w[\w-]*|\?)?[ \t]*\Z")
_LIKENESS: Final = 0.6


@dataclass(frozen=True, slots=True)
class Unknown:
    """A word after the slash that names nothing."""

    word: str
    nearest: str
    """The name that is most like it; empty if none is."""


@dataclass(frozen=True, slots=True)
class Call:
    """A command and the argument that was typed after its name."""

    entry: Entry
    argument: str = ""

    def run(self) -> None:
        """Carry it out."""
        if self.argument and self.entry.run_with is not None:
            self.entry.run_with(self.argument)
        else:
            self.entry.run()


def names_command(text: str) -> bool:
    """Return whether a text has the form of a command, known or not."""
    return _WORD.match(text) is not None or _has_argument(text)


def _has_argument(text: str) -> bool:
    """Return whether a text is a command of the table that takes an argument, and has one."""
    match = _CALL.match(text)
    return match is not None and _folded(match[1]) in NAMES_WITH_ARGUMENT


def may_be_call(text: str) -> bool:
    """Return whether a text has the form of a name with an argument, known or not."""
    return _CALL_OF_LINES.match(text) is not None


def begun_word(text: str) -> str | None:
    """Return the part of a name that follows the slash; None if a text is not a name."""
    match = _BEGUN.match(text)
    return match[1] if match is not None else None


def parse(text: str, entries: Sequence[Entry]) -> Call | Unknown | None:
    """Return the command that a line such as `/new` or `/attach FILE` names; None for a text.

    A path, several lines, a line that begins with a space, and words after the name of a command
    without an argument are texts.
    """
    if (called := _CALL_OF_LINES.match(text)) is not None:
        entry = _named(called[1], entries)
        if entry is not None and entry.takes_lines:
            return Call(entry, called[2].rstrip())
    if (called := _CALL.match(text)) is not None:
        entry = _named(called[1], entries)
        has_argument = entry is not None and entry.run_with is not None
        return Call(entry, called[2].rstrip()) if entry is not None and has_argument else None
    match = _WORD.match(text)
    if match is None:
        return None
    if (entry := _named(match[1], entries)) is not None:
        return Call(entry)
    word = _folded(match[1])
    if not word.isdecimal() and not Path(f"/{match[1]}").exists():
        return Unknown(match[1], _nearest(word, entries))
    return None


def _named(name: str, entries: Sequence[Entry]) -> Entry | None:
    word = _folded(name)
    return next((it for it in entries if word == it.name or word in it.aliases), None)


def unescaped(text: str) -> str:
    """Return the text to send: `//name` sends `/name`; code that begins with `//` stays."""
    return text[1:] if _is_escaped(text) else text


def _is_escaped(text: str) -> bool:
    if not text.startswith("//"):
        return False
    return _ESCAPED.match(text) is not None or _has_argument(f"/{text.lstrip('/')}")


def escaped(text: str) -> str:
    """Return the text to type for a question that was sent."""
    return f"/{text}" if names_command(text) or _is_escaped(text) else text


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
