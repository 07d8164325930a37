"""Command-line arguments of `tui-chat tools`, and the flags of `ask` about tools.

Imports nothing heavy, because every start reads them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tui_chat.core.labels import _

if TYPE_CHECKING:
    import argparse


def add_commands(commands: argparse._SubParsersAction[Any]) -> None:
    """Add `tools` to the commands of the program."""
    status = _("Exit status: 0 done, 1 failed, 2 wrong usage, 130 stopped by Ctrl+C.")
    tools = commands.add_parser(
        "tools",
        help=_("list, test and import MCP servers"),
        description=_(
            "List the MCP servers of config.toml. Nothing is started; `tools test` does that. "
            "{status}"
        ).format(status=status),
    )
    tools.add_argument("--json", action="store_true", help=_("print a JSON object"))
    actions = tools.add_subparsers(dest="tools_action", metavar="ACTION")
    test = actions.add_parser(
        "test",
        help=_("start a server and list its tools"),
        description=_(
            "Start a server, list its tools and end it. No tool is called. {status}"
        ).format(status=status),
    )
    test.add_argument("name", metavar="NAME", help=_("a server of config.toml"))
    test.add_argument("--json", action="store_true", help=_("print a JSON object"))
    importing = actions.add_parser(
        "import",
        help=_("take over servers of another program"),
        description=_(
            "Add the servers in the `mcpServers` object of a JSON file to config.toml. Secrets go "
            "to the keyring, or to files that only you can read. No server is started, and no "
            "conversation uses it until you choose it. {status}"
        ).format(status=status),
    )
    importing.add_argument("file", metavar="FILE", help=_("the JSON file; - for standard input"))


def add_ask_flags(ask: argparse.ArgumentParser) -> None:
    """Add the flags about tools to the parser of `ask`."""
    group = ask.add_argument_group(_("tools"))
    group.add_argument(
        "--tools",
        action="append",
        default=[],
        metavar="NAME",
        help=_(
            "offer the tools of a server of config.toml, or one as SERVER/TOOL; may be repeated"
        ),
    )
    group.add_argument(
        "--approve",
        action="append",
        default=[],
        metavar="TOOL",
        help=_(
            "let this tool run when the model calls it: TOOL or SERVER/TOOL; may be repeated. The "
            "call of any other tool ends the command with status 1"
        ),
    )
    group.add_argument(
        "--max-rounds",
        type=int,
        metavar="N",
        help=_("the most rounds of tool calls (default: 8, or `rounds` of config.toml)"),
    )
