"""The arguments of ``tui-chat ask``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tui_chat.cli.prompts.arguments import add_prompt_flags
from tui_chat.cli.tools.arguments import add_ask_flags
from tui_chat.core.labels import _

if TYPE_CHECKING:
    import argparse


def add_command(commands: argparse._SubParsersAction[Any], common: argparse.ArgumentParser) -> None:
    """Add `ask` to the commands of the program."""
    ask = commands.add_parser(
        "ask",
        parents=[common],
        help=_("ask one question and print the answer"),
        description=_(
            "Ask one question. The answer goes to standard output, everything else to standard "
            "error. Exit status: 0 complete, 1 failed, 2 wrong usage, 3 interrupted or cut off, "
            "4 no valid object, 130 stopped by Ctrl+C. With --model or --profile repeated, two to "
            "four models answer at once."
        ),
    )
    ask.add_argument(
        "prompt",
        nargs="?",
        metavar="PROMPT",
        help=_("the question; standard input is appended as context"),
    )
    ask.add_argument(
        "--save",
        action="store_true",
        help=_("list the question among the conversations, to continue it in the chat"),
    )
    ask.add_argument(
        "--json",
        action="store_true",
        help=_(
            "print one JSON object; with --schema or --format json, only the object of the answer"
        ),
    )
    ask.add_argument(
        "-a",
        "--attach",
        action="append",
        default=[],
        metavar="FILE",
        help=_(
            "send a file or a web page with the question; - for standard input; may be repeated"
        ),
    )
    ask.add_argument(
        "--over-limit",
        action="store_true",
        help=_("send even if that passes the monthly limit of the profile"),
    )
    _add_object_flags(ask.add_argument_group(_("structured output for scripts")))
    add_ask_flags(ask)
    add_prompt_flags(ask)
    _add_continue_flags(ask)


def _add_object_flags(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add("--strict", action="store_true", help=_("reject repaired objects"))
    add(
        "--send-as",
        choices=("json_schema", "json_object", "prompt"),
        help=_("the strongest response format to request (default: the strongest supported)"),
    )
    add(
        "--input",
        metavar="FILE",
        help=_(
            "ask once for each row of a JSON Lines file; {field} in the prompt is replaced by a "
            "field of the row; its field attach names files to send"
        ),
    )
    add("--attach-root", metavar="DIR", help=_("the folder of these files (default: of FILE)"))
    add("--count", type=int, metavar="N", help=_("ask N times and collect the objects"))
    add(
        "--output",
        metavar="FILE",
        help=_("collect the objects in a .jsonl, .json or .csv file; resumes after an interrupt"),
    )


def _add_continue_flags(ask: argparse.ArgumentParser) -> None:
    """Add `-c` and `--in` to the parser of `ask`."""
    group = ask.add_argument_group(_("conversation")).add_mutually_exclusive_group()
    group.add_argument(
        "-c",
        "--continue",
        dest="continues",
        action="store_true",
        help=_("ask in the conversation that was used last"),
    )
    group.add_argument(
        "--in",
        dest="conversation",
        metavar="ID",
        help=_("ask in this conversation: an id, its first characters, or words of the title"),
    )
