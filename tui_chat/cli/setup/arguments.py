"""The arguments of `tui-chat setup`."""

from __future__ import annotations

import argparse
from typing import Any

from tui_chat.core.labels import _


def add_command(commands: Any) -> None:
    """Add the command to the parser; nothing heavy is imported."""
    parser = commands.add_parser(
        "setup",
        argument_default=argparse.SUPPRESS,
        help=_("add an endpoint: choose a vendor, enter a key, test it, save it"),
        description=_(
            "Add an endpoint as a profile of config.toml. In a terminal, everything that is not "
            "given is asked. The key goes into the keyring of the system, or into a file that only "
            "you can read. Exit status: 0 saved, 1 a check failed, 2 wrong usage."
        ),
    )
    add = parser.add_argument
    add("--vendor", metavar="NAME", help=_("a known vendor, “azure” or “other”"))
    add("--vendors", action="store_true", help=_("list the known vendors and exit"))
    add("--url", dest="setup_url", metavar="URL", help=_("the base URL, or the Azure resource"))
    add("--deployment", metavar="NAME", help=_("the deployment on Azure"))
    add("--api-version", metavar="VERSION", help=_("the API version on Azure"))
    add("--name", dest="setup_name", metavar="NAME", help=_("the name of the profile"))
    add("--model", dest="setup_model", metavar="ID", help=_("the model to ask"))
    key = parser.add_mutually_exclusive_group()
    key.add_argument("--key-stdin", action="store_true", help=_("read the key from standard input"))
    key.add_argument(
        "--key-env", metavar="VARIABLE", help=_("read the key from this variable at each start")
    )
    key.add_argument("--no-key", action="store_true", help=_("the endpoint needs no key"))
    add("--no-check", action="store_true", help=_("save without testing; nothing is sent"))
    add("--replace", action="store_true", help=_("change a profile that has this name already"))
    add(
        "--insecure",
        dest="setup_insecure",
        action="store_true",
        help=_("allow sending the key over unencrypted http to another machine"),
    )
    default = parser.add_mutually_exclusive_group()
    default.add_argument(
        "--default", action="store_true", help=_("use the profile for new conversations")
    )
    default.add_argument(
        "--no-default", action="store_true", help=_("do not use it for new conversations")
    )
    add("--list", dest="lists", action="store_true", help=_("list the profiles and their keys"))
    add("--remove", metavar="NAME", help=_("remove a profile and its stored key"))
    add("--yes", action="store_true", help=_("ask nothing; use the defaults"))
    add("--offline", action="store_true", help=_("connect only to this machine"))
