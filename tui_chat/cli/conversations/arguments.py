"""Command-line arguments of the conversation commands.

Imports nothing heavy, because every start reads them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tui_chat.core.labels import _

if TYPE_CHECKING:
    import argparse

COMMANDS: Final = ("list", "search", "show", "export", "import", "backup", "stats")


def add_commands(commands: argparse._SubParsersAction[Any]) -> None:
    """Add the conversation commands to the commands of the program."""
    which = _("an id, its first characters, or words of the title (default: the last used one)")
    list_parser = _add(
        commands,
        "list",
        _("list the saved conversations"),
        _("List the saved conversations, the last used first."),
    )
    list_parser.add_argument("--trash", action="store_true", help=_("list the trash instead"))
    list_parser.add_argument("--limit", type=_count, metavar="N", help=_("at most N conversations"))
    list_parser.add_argument("--json", action="store_true", help=_("print a JSON list"))

    search = _add(
        commands,
        "search",
        _("search titles and messages"),
        _("Find conversations that contain all words in the title or in one message."),
    )
    search.add_argument("words", nargs="+", metavar="WORDS", help=_("the words to search for"))
    search.add_argument(
        "--limit",
        type=_count,
        default=20,
        metavar="N",
        help=_("at most N conversations (default: 20)"),
    )
    search.add_argument("--json", action="store_true", help=_("print a JSON list"))

    show = _add(
        commands,
        "show",
        _("print a conversation"),
        _("Print the visible path of a conversation."),
    )
    show.add_argument("which", nargs="*", metavar="ID", help=which)
    show.add_argument(
        "--json",
        action="store_true",
        help=_("print the whole conversation with every version as one JSON object"),
    )

    stats = _add(
        commands,
        "stats",
        _("show usage and costs"),
        _(
            "Show the answers, tokens and costs of the last days. A cost is the endpoint's own "
            "figure, else that of the price in the profile or in the price table; otherwise it "
            "is unknown."
        ),
    )
    stats.add_argument(
        "--by",
        choices=("day", "month", "model", "profile", "conversation"),
        default="day",
        help=_("one line for each of these (default: day)"),
    )
    stats.add_argument(
        "--days", type=_count, default=30, metavar="N", help=_("of the last N days (default: 30)")
    )
    stats.add_argument("--json", action="store_true", help=_("print a JSON object"))

    export = _add(
        commands,
        "export",
        _("write conversations to files"),
        _(
            "Write a conversation to standard output or to a file. md and html contain the visible "
            "path; json and jsonl contain everything and can be imported again without loss."
        ),
    )
    export.add_argument("which", nargs="*", metavar="ID", help=which)
    export.add_argument("--all", action="store_true", dest="is_all", help=_("all conversations"))
    export.add_argument(
        "--format",
        choices=("md", "json", "jsonl", "html"),
        help=_("default: the extension of the file, else md"),
    )
    export.add_argument("-o", "--output", metavar="PATH", help=_("a file, or a folder"))
    export.add_argument("--force", action="store_true", help=_("overwrite existing files"))
    export.add_argument(
        "--embed",
        action="store_true",
        help=_("write attachments into a Markdown file, not into a folder beside it"),
    )

    import_parser = _add(
        commands,
        "import",
        _("import conversations"),
        _(
            "Import files of tui-chat (json, jsonl, backups); the data exports of ChatGPT, Claude "
            "and DeepSeek (the .zip or its conversations.json); exports of Open WebUI and "
            "LibreChat; conversations of LM Studio, Jan and aichat; and the databases of elia, "
            "oterm, llm and Open WebUI. Conversations that exist already are not imported twice."
        ),
    )
    import_parser.add_argument(
        "files",
        nargs="+",
        metavar="FILE",
        help=_("a file or a folder; the format is detected from the content"),
    )
    import_parser.add_argument(
        "--dry-run", action="store_true", help=_("only show what would be imported")
    )

    import_parser.add_argument(
        "--settings",
        action="store_true",
        help=_(
            "also restore config.toml, prompts, schemas, projects and memory of a backup, if they "
            "are missing here"
        ),
    )

    backup = _add(
        commands,
        "backup",
        _("copy everything into one file"),
        _(
            "Write a consistent copy of the database, even while a chat is running. To restore it, "
            "quit tui-chat and replace conversations.db by the copy, or import the copy. It also "
            "carries config.toml (without secrets), prompts, schemas, projects and memory, which "
            "an import with --settings restores."
        ),
    )
    backup.add_argument("file", metavar="FILE", help=_("the copy"))
    backup.add_argument("--force", action="store_true", help=_("overwrite existing files"))


def _add(
    commands: argparse._SubParsersAction[Any], name: str, summary: str, description: str
) -> argparse.ArgumentParser:
    status = _("Exit status: 0 done, 1 failed, 2 wrong usage.")
    parser: argparse.ArgumentParser = commands.add_parser(
        name, help=summary, description=f"{description} {status}"
    )
    return parser


def _count(text: str) -> int:
    import argparse

    if not text.isascii() or not text.isdigit() or not int(text[:9]) > 0 or len(text) > 9:
        raise argparse.ArgumentTypeError(
            _("{text} is not a positive number").format(text=repr(text))
        )
    return int(text)
