"""The subcommands `gateway` and `join`: their flags, and what carries them out.

Imported whenever the program starts: everything else is loaded by the command that needs it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import argparse

    from tui_chat.session.launch import Launch


def add_commands(commands: Any) -> None:
    """Add the subcommands.

    Args:
        commands: Where argparse keeps the subcommands.
    """
    gateway = commands.add_parser(
        "gateway",
        help="share a key without handing it out",
        description="A server that holds a key for others: they chat with access codes, and the "
        "key never leaves it.",
    )
    inner = gateway.add_subparsers(dest="gateway_command", metavar="COMMAND", required=True)
    _add_serve(inner)
    _add_codes(inner)
    join = commands.add_parser(
        "join",
        help="chat through somebody's gateway",
        description="Try an access code, and write a profile for the gateway into config.toml.",
    )
    join.add_argument("url", metavar="URL", help="where the gateway is")
    join.add_argument(
        "code",
        nargs="?",
        metavar="CODE",
        help="the access code; left out, it is asked for, and no other user of this machine sees "
        "it in the list of processes",
    )
    join.add_argument("--name", metavar="NAME", help="of the profile; else the gateway's host")
    join.add_argument(
        "--insecure",
        action="store_true",
        help="send the code over plain http, though others can read it on the way",
    )
    join.add_argument(
        "--ca-file",
        metavar="FILE",
        help="the gateway's certificate, when it is self-made, or its authority's; PEM",
    )


def run(options: argparse.Namespace, launch: Launch) -> int:
    """Carry out a subcommand and return its exit status.

    Raises:
        TuiChatError: It cannot be carried out.
    """
    if options.command == "join":
        from tui_chat.gateway.commands.join import run_join

        return run_join(launch, options.url, options.code, options.name, options.ca_file)
    if options.gateway_command == "codes":
        from tui_chat.gateway.commands.codes import run_codes

        return run_codes(options, launch)
    from tui_chat.gateway.commands.serve import ListenAddress
    from tui_chat.gateway.commands.serve import run as run_server

    listening = ListenAddress(
        host=options.host,
        port=options.port,
        tls_cert=options.tls_cert,
        tls_key=options.tls_key,
        is_behind_proxy=options.behind_proxy,
        grace_s=options.grace,
    )
    return run_server(launch, listening)


def _add_serve(inner: Any) -> None:
    import argparse

    serve = inner.add_parser(
        "serve",
        argument_default=argparse.SUPPRESS,
        help="run the gateway",
        description="Forward questions to the endpoint of a profile (without one: as the chat "
        "would choose). It ends at Ctrl+C or SIGTERM, after the running answers.",
    )
    group = serve.add_argument_group("what answers")
    group.add_argument("--profile", metavar="NAME", help="a profile of config.toml, or “local”")
    group.add_argument("--model", metavar="ID", help="for clients that name no model")
    group.add_argument("--base-url", metavar="URL", help="an OpenAI-compatible endpoint")
    group.add_argument("--system", metavar="TEXT", help="the system prompt of /api/chat")
    group.add_argument(
        "--insecure",
        action="store_true",
        help="send the key over plain http, though others can read it on the way",
    )
    group.add_argument("--offline", action="store_true", help="forward nothing to another machine")
    group = serve.add_argument_group("where it listens")
    group.add_argument("--host", default="127.0.0.1", help="default: 127.0.0.1, this machine only")
    group.add_argument("--port", type=_port, default=8787, help="default: 8787; 0: a free one")
    group.add_argument("--tls-cert", metavar="FILE", default=None, help="encrypt: certificate, PEM")
    group.add_argument("--tls-key", metavar="FILE", default=None, help="encrypt: its key, PEM")
    group.add_argument(
        "--behind-proxy",
        action="store_true",
        default=False,
        help="a proxy in front of it encrypts: any --host may be used without a certificate",
    )
    group.add_argument(
        "--grace",
        type=_seconds,
        default=20.0,
        metavar="S",
        help="seconds that running answers may go on when it is to end (default: 20)",
    )


def _add_codes(inner: Any) -> None:
    codes = inner.add_parser(
        "codes",
        help="make, list and revoke access codes",
        description="Access codes. What is changed here holds at once, for a running gateway too.",
    )
    commands = codes.add_subparsers(dest="codes_command", metavar="COMMAND", required=True)
    add = commands.add_parser(
        "add",
        help="make a code",
        description="Make an access code. It is shown once, and stored as a salted hash only.",
    )
    add.add_argument("name", metavar="NAME", help="who it is for")
    add.add_argument(
        "--expires", metavar="TIME", help="such as 30d, 12h, 90m, 8w; or a date (UTC): 2027-01-31"
    )
    add.add_argument("--models", metavar="A,B", help="the only models it may use")
    add.add_argument("--requests-per-minute", type=_count, metavar="N")
    add.add_argument(
        "--tokens-per-day", type=_count, metavar="N", help="in and out together, by days of UTC"
    )
    commands.add_parser("list", help="show all codes", description="Show all codes.")
    revoke = commands.add_parser("revoke", help="end a code", description="End a code at once.")
    revoke.add_argument("name", metavar="NAME")
    usage = commands.add_parser(
        "usage",
        help="show what was used",
        description="Show requests and tokens by code and day (UTC). ~: partly estimated, because "
        "the endpoint did not tell the tokens.",
    )
    usage.add_argument("name", nargs="?", metavar="NAME", help="of one code only")


def _port(text: str) -> int:
    return _whole(text, 0, 65_535)


def _count(text: str) -> int:
    return _whole(text, 1, 10**12)


def _whole(text: str, low: int, high: int) -> int:
    import argparse

    if not (text.isascii() and text.isdigit() and low <= int(text[:20]) <= high):
        raise argparse.ArgumentTypeError(f"it must be a whole number from {low} to {high}")
    return int(text)


def _seconds(text: str) -> float:
    import argparse

    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= 3600:
        raise argparse.ArgumentTypeError("it must be a number of seconds from 0 to 3600")
    return seconds
