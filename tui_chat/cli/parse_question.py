"""Parses `tui-chat "question"` and detects mistyped commands."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import argparse
    from collections.abc import Collection, Sequence

_PLAIN_WORD: Final = re.compile(r"[A-Za-z][A-Za-z-]*\Z")
_SIMILARITY: Final = 0.7


def is_question(arguments: Sequence[str], commands: Collection[str], flags: Sequence[str]) -> bool:
    """Return whether a command line asks a question instead of naming a command.

    Args:
        arguments: The command line.
        commands: All commands.
        flags: The options before a command that take a value.
    """
    position = _first_word(arguments, flags)
    if position is None:
        return False
    return arguments[position] == "--" or arguments[position] not in commands


def has_only_flags(arguments: Sequence[str], flags: Sequence[str]) -> bool:
    """Return whether a command line opens the chat, without a question, a command or `--help`."""
    is_help = any(argument.startswith(("-h", "--h")) for argument in arguments)
    return not is_help and _first_word(arguments, flags) is None


def mistyped(
    arguments: Sequence[str], commands: Collection[str], flags: Sequence[str]
) -> tuple[str, str] | None:
    """Return a word that is probably a mistyped command, and that command; else None."""
    position = _first_word(arguments, flags)
    word = arguments[position] if position is not None else ""
    if not _PLAIN_WORD.match(word):
        return None
    import difflib

    typed = word.lower()
    # Words such as `how` begin questions, so the first letter must match.
    similar = [name for name in commands if name[0] == typed[0]]
    transposed = [name for name in similar if sorted(name) == sorted(typed)]
    found = transposed or difflib.get_close_matches(typed, similar, n=1, cutoff=_SIMILARITY)
    return (word, found[0]) if found else None


def parse_question(parser: argparse.ArgumentParser, arguments: Sequence[str]) -> argparse.Namespace:
    """Return the options of a command line, with its words joined as `question`.

    Args:
        parser: The parser of the chat, without commands.
        arguments: The command line; the question follows `--` literally.
    """
    before, words = list(arguments), []
    if "--" in before:
        position = before.index("--")
        before, words = before[:position], before[position + 1 :]
    parser.add_argument("words", nargs="*", metavar="QUESTION")
    options = parser.parse_intermixed_args(before)
    options.question = " ".join([*options.words, *words])
    options.command = None
    return options


def _first_word(arguments: Sequence[str], flags: Sequence[str]) -> int | None:
    """Return the position of the first word that is neither an option nor its value."""
    is_value = False
    for position, argument in enumerate(arguments):
        if is_value:
            is_value = False
        elif argument == "--" or not argument.startswith("-"):
            return position
        elif "=" not in argument:
            is_value = any(flag.startswith(argument) for flag in flags)
    return None
