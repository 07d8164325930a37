"""The flags of the commands for saved conversations. Imports nothing: every start reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import argparse

COMMANDS: Final = ("list", "search", "show", "export", "import", "backup")

_WHICH: Final = "an id, its first characters, or words of the title"
_STATUS: Final = " Exit status: 0 done, 1 failed, 2 wrong usage."


def add_commands(commands: argparse._SubParsersAction[Any]) -> None:
    """Add the commands to those of the program."""
    listing = _add(commands, "list", "list the saved conversations", "The one used last is first.")
    listing.add_argument("--trash", action="store_true", help="those that were deleted")
    _add_limit(listing, None)
    _add_json(listing, "print a JSON list")

    search = _add(
        commands,
        "search",
        "search titles and messages",
        "Finds conversations that hold all words in the title or in one message.",
    )
    search.add_argument("words", nargs="+", metavar="WORDS", help="what to look for")
    _add_limit(search, 20)
    _add_json(search, "print a JSON list")

    show = _add(commands, "show", "print a conversation", "Prints the path that is shown.")
    show.add_argument("which", nargs="*", metavar="ID", help=f"{_WHICH}; the last used one")
    _add_json(show, "print all of it, every version, as one JSON object")

    export = _add(
        commands,
        "export",
        "write conversations to files",
        "Writes one conversation to standard output, or to a file. md and html hold the path that "
        "is shown, json and jsonl everything; those can be imported again without loss.",
    )
    export.add_argument("which", nargs="*", metavar="ID", help=f"{_WHICH}; the last used one")
    export.add_argument("--all", action="store_true", dest="is_all", help="all conversations")
    export.add_argument(
        "--format", choices=("md", "json", "jsonl", "html"), default="md", help="md unless said"
    )
    export.add_argument("-o", "--output", metavar="PATH", help="a file, or a folder")
    _add_force(export)

    taking = _add(
        commands,
        "import",
        "take conversations in",
        "Takes files of tui-chat (json, jsonl, backups), the data exports of ChatGPT and Claude "
        "(the .zip or its conversations.json), and the databases of elia, oterm and llm. What is "
        "there already is not taken twice.",
    )
    taking.add_argument("files", nargs="+", metavar="FILE", help="what it is, is found by content")
    taking.add_argument("--dry-run", action="store_true", help="only say what would be taken")

    backup = _add(
        commands,
        "backup",
        "copy everything into one file",
        "The copy is consistent, also while a chat is running. To go back to it, end tui-chat and "
        "put it in the place of conversations.db, or import it.",
    )
    backup.add_argument("file", metavar="FILE", help="the copy")
    _add_force(backup)


def _add(
    commands: argparse._SubParsersAction[Any], name: str, summary: str, more: str
) -> argparse.ArgumentParser:
    description = f"{summary[0].upper()}{summary[1:]}. {more}{_STATUS}"
    parser: argparse.ArgumentParser = commands.add_parser(
        name, help=summary, description=description
    )
    return parser


def _add_limit(parser: argparse.ArgumentParser, default: int | None) -> None:
    words = f"how many at most ({default} unless said)" if default else "how many at most"
    parser.add_argument("--limit", type=_count, default=default, metavar="N", help=words)


def _add_json(parser: argparse.ArgumentParser, words: str) -> None:
    parser.add_argument("--json", action="store_true", help=words)


def _add_force(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--force", action="store_true", help="write over files that are there")


def _count(text: str) -> int:
    import argparse

    if not text.isascii() or not text.isdigit() or not int(text[:9]) > 0 or len(text) > 9:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 on")
    return int(text)
