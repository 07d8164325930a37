"""Command-line arguments of `tui-chat local`.

Imports nothing heavy, because every start reads them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tui_chat.core.labels import _

if TYPE_CHECKING:
    import argparse


def add_commands(commands: argparse._SubParsersAction[Any]) -> None:
    """Add `local` to the commands of the program."""
    status = _("Exit status: 0 done, 1 failed, 2 wrong usage, 130 stopped by Ctrl+C.")
    local = commands.add_parser(
        "local",
        help=_("list, download and choose models for this machine"),
        description=_(
            "Show the models that can run on this machine without a server: which one is in use, "
            "which are installed, and a short list of others. {status}"
        ).format(status=status),
    )
    local.add_argument("--json", action="store_true", help=_("print a JSON object"))
    actions = local.add_subparsers(dest="local_action", metavar="ACTION")
    get = actions.add_parser(
        "get",
        help=_("download a model and use it"),
        description=_(
            "Download a model from the Hugging Face hub, verify it, and make it the embedded "
            "model. An interrupted download continues where it stopped. HF_ENDPOINT selects a "
            "mirror, HF_HOME the folder. {status}"
        ).format(status=status),
    )
    get.add_argument(
        "name",
        metavar="MODEL",
        help=_(
            "a name of the list, owner/repo, owner/repo:Q5_K_M, owner/repo/file.gguf, or a GGUF "
            "file of this machine"
        ),
    )
    get.add_argument(
        "--with-token",
        action="store_true",
        help=_("send HF_TOKEN (or the stored token), for private and gated repositories"),
    )
    get.add_argument(
        "--force", action="store_true", help=_("even if this machine has too little memory")
    )
    use = actions.add_parser(
        "use",
        help=_("choose an installed model"),
        description=_("Make an installed model the embedded model. {status}").format(status=status),
    )
    use.add_argument("name", metavar="MODEL", help=_("an installed model, or built-in"))
    remove = actions.add_parser(
        "remove",
        help=_("delete an installed model"),
        description=_("Delete the files of an installed model. {status}").format(status=status),
    )
    remove.add_argument("name", metavar="MODEL", help=_("an installed model"))
    remove.add_argument("--yes", action="store_true", help=_("do not ask"))
