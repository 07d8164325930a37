"""Command-line arguments of `tui-chat prompts`, and those of `ask` that use a prompt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tui_chat.core.labels import _

if TYPE_CHECKING:
    import argparse


def add_command(commands: argparse._SubParsersAction[Any]) -> None:
    """Add `prompts` to the commands of the program."""
    status = _("Exit status: 0 done, 1 a prompt has mistakes, 2 wrong usage.")
    prompts = commands.add_parser(
        "prompts",
        help=_("list, show, edit and import the prompts of the library"),
        description=_(
            "The library is the folder prompts beside config.toml: each file NAME.md is offered "
            "as /NAME in the chat and as `ask --prompt NAME`. {status}"
        ).format(status=status),
    )
    prompts.add_argument("--json", action="store_true", help=_("print a JSON object"))
    actions = prompts.add_subparsers(dest="prompts_action", metavar="ACTION")
    show = actions.add_parser(
        "show",
        help=_("print a prompt"),
        description=_("Print the file of a prompt, and the mistakes in it. {status}").format(
            status=status
        ),
    )
    show.add_argument("prompt_name", metavar="NAME", help=_("a prompt of the library"))
    edit = actions.add_parser(
        "edit",
        help=_("write or change a prompt in your editor"),
        description=_(
            "Open a prompt in $VISUAL or $EDITOR; a new name begins a prompt. {status}"
        ).format(status=status),
    )
    edit.add_argument(
        "prompt_name", metavar="NAME", help=_("a prompt of the library, or a new name")
    )
    importing = actions.add_parser(
        "import",
        help=_("import Markdown prompts of other programs"),
        description=_(
            "Import a Markdown file, or all of a folder with its folders, such as the commands, "
            "prompts, patterns and roles of other programs. Their variables become fields. "
            "{status}"
        ).format(status=status),
    )
    importing.add_argument("file", metavar="PATH", help=_("a file or a folder"))
    importing.add_argument(
        "--replace", action="store_true", help=_("replace prompts that have the same name")
    )
    importing.add_argument(
        "--dry-run", action="store_true", help=_("only report what would be imported")
    )


def add_prompt_flags(ask: argparse.ArgumentParser) -> None:
    """Add `--prompt` and `-v` to the parser of `ask`."""
    group = ask.add_argument_group(_("prompt library"))
    group.add_argument(
        "--prompt",
        dest="prompt_name",
        metavar="NAME",
        help=_("ask with a prompt of the library; PROMPT and standard input are its {{text}}"),
    )
    group.add_argument(
        "-v",
        "--value",
        dest="values",
        action="append",
        default=[],
        metavar="FIELD=TEXT",
        help=_("fill a field of the prompt; may be repeated"),
    )
