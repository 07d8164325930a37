"""Arguments of the subcommands `gateway` and `join`.

Imported at every start of the program, so each command imports its own modules.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tui_chat.core.labels import _
from tui_chat.core.parameters.effort import EFFORTS

if TYPE_CHECKING:
    import argparse

    from tui_chat.session.launch import Launch

DATABASE_VARIABLE: Final = "TUI_CHAT_GATEWAY_DATABASE"


def add_commands(commands: Any) -> None:
    """Add the subcommands.

    Args:
        commands: The subparsers action of argparse.
    """
    gateway = commands.add_parser(
        "gateway",
        help=_("share an API key without revealing it"),
        description=_(
            "Run a server that holds an API key for others: clients chat with access codes and "
            "never see the key."
        ),
    )
    inner = gateway.add_subparsers(dest="gateway_command", metavar="COMMAND", required=True)
    _add_serve(inner)
    _add_codes(inner)
    join = commands.add_parser(
        "join",
        help=_("chat through a gateway"),
        description=_("Test an access code and add a profile for the gateway to config.toml."),
    )
    join.add_argument("url", metavar="URL", help=_("URL of the gateway"))
    join.add_argument(
        "code",
        nargs="?",
        metavar="CODE",
        help=_(
            "the access code; if omitted, you are asked for it, which keeps it out of the list of "
            "processes"
        ),
    )
    join.add_argument(
        "--name", metavar="NAME", help=_("name of the profile (default: the gateway's host)")
    )
    join.add_argument(
        "--insecure",
        action="store_true",
        help=_("send the code over plain http, although others could read it"),
    )
    join.add_argument(
        "--ca-file",
        metavar="FILE",
        help=_("PEM file of a certificate to trust: the gateway's own or its authority's"),
    )


def run(options: argparse.Namespace, launch: Launch) -> int:
    """Run a subcommand and return its exit status.

    Raises:
        TuiChatError: The subcommand failed.
    """
    if options.command == "join":
        from tui_chat.gateway.commands.join import run_join

        return run_join(launch, options.url, options.code, options.name, options.ca_file)
    if options.gateway_command in ("codes", "usage"):
        from tui_chat.gateway.commands.codes import run_codes

        return run_codes(options, launch, _database(options, launch))
    from tui_chat.gateway.commands.listen_address import ListenAddress
    from tui_chat.gateway.commands.serve import run as run_server

    listening = ListenAddress(
        host=options.host,
        port=options.port,
        database=_database(options, launch),
        tls_cert=options.tls_cert,
        tls_key=options.tls_key,
        is_behind_proxy=options.behind_proxy,
        grace_s=options.grace,
        descriptor=options.listen_fd,
        parent_pid=options.parent_pid,
        workers=options.workers,
        worker=options.worker_number,
        metrics_port=options.metrics_port,
        logs_json=options.log_json,
        profiles=tuple(options.profiles),
        hosts=tuple(options.allow_host),
        origins=tuple(options.allow_origin),
    )
    return run_server(launch, listening)


def _database(options: argparse.Namespace, launch: Launch) -> str | None:
    """Return the address of the database; None for the default, a file."""
    address: str | None = options.database or launch.env.get(DATABASE_VARIABLE)
    return address or None


def _add_database(parser: Any) -> None:
    parser.add_argument(
        "--database",
        metavar="URL",
        default=None,
        help=_(
            "PostgreSQL database, such as postgresql://user@host/name, shared by several servers "
            "(default: a file of this machine); {variable} keeps a password out of the list of "
            "processes"
        ).format(variable=DATABASE_VARIABLE),
    )


def _add_serve(inner: Any) -> None:
    import argparse

    serve = inner.add_parser(
        "serve",
        argument_default=argparse.SUPPRESS,
        help=_("run the gateway"),
        description=_(
            "Forward requests to the endpoint of a profile (default: the one that the chat would "
            "use). Ctrl+C or SIGTERM stops the server after the running requests."
        ),
    )
    group = serve.add_argument_group(_("endpoint"))
    group.add_argument(
        "--profile",
        metavar="NAME",
        dest="profiles",
        action="append",
        default=[],
        help=_(
            "a profile of config.toml, or “local”; repeat it to offer the models of several, and "
            "use NAME=SHOWN for another name to clients"
        ),
    )
    group.add_argument("--model", metavar="ID", help=_("default model for clients that name none"))
    group.add_argument("--base-url", metavar="URL", help=_("an OpenAI-compatible endpoint"))
    group.add_argument("--system", metavar="TEXT", help=_("system prompt of /api/chat"))
    group.add_argument(
        "--insecure",
        action="store_true",
        help=_("send the key over plain http, although others could read it"),
    )
    group.add_argument(
        "--offline", action="store_true", help=_("forward nothing to another machine")
    )
    group = serve.add_argument_group(_("server"))
    group.add_argument(
        "--host", default="127.0.0.1", help=_("default: 127.0.0.1, this machine only")
    )
    group.add_argument("--port", type=_port, default=8787, help=_("default: 8787; 0: a free port"))
    _add_database(group)
    group.add_argument(
        "--tls-cert", metavar="FILE", default=None, help=_("TLS certificate, a PEM file")
    )
    group.add_argument(
        "--tls-key", metavar="FILE", default=None, help=_("key of the certificate, a PEM file")
    )
    group.add_argument(
        "--behind-proxy",
        action="store_true",
        default=False,
        help=_("a reverse proxy handles TLS, so any --host is allowed without a certificate"),
    )
    group.add_argument(
        "--workers",
        type=_count,
        default=1,
        metavar="N",
        help=_("number of processes that share the address and all limits (default: 1)"),
    )
    group.add_argument("--listen-fd", type=int, default=None, help=argparse.SUPPRESS)
    group.add_argument("--parent-pid", type=int, default=None, help=argparse.SUPPRESS)
    group.add_argument("--worker-number", type=int, default=0, help=argparse.SUPPRESS)
    group.add_argument(
        "--metrics-port",
        type=_port,
        default=None,
        metavar="PORT",
        help=_(
            "serve Prometheus metrics on 127.0.0.1; each of several processes takes the next port"
        ),
    )
    group.add_argument(
        "--log-json",
        action="store_true",
        default=False,
        help=_("write a line of JSON for each request to standard error, without content"),
    )
    group.add_argument(
        "--allow-host",
        metavar="NAME",
        action="append",
        default=[],
        help=_("a name under which clients address the gateway; may be repeated"),
    )
    group.add_argument(
        "--allow-origin",
        metavar="ORIGIN",
        action="append",
        default=[],
        help=_("a web page that may send requests, such as https://chat.example; may be repeated"),
    )
    group.add_argument(
        "--grace",
        type=_seconds,
        default=20.0,
        metavar="S",
        help=_("seconds that running requests may continue after a stop signal (default: 20)"),
    )


def _add_codes(inner: Any) -> None:
    codes = inner.add_parser(
        "codes",
        help=_("create, list and revoke access codes"),
        description=_("Manage access codes. Changes apply at once, also to a running gateway."),
    )
    commands = codes.add_subparsers(dest="codes_command", metavar="COMMAND", required=True)
    add = commands.add_parser(
        "add",
        help=_("create a code"),
        description=_("Create an access code. It is shown once and stored as a salted hash."),
    )
    add.add_argument("name", metavar="NAME", help=_("name of the code's owner"))
    add.add_argument(
        "--expires",
        metavar="TIME",
        help=_("a time such as 30d, 12h, 90m or 8w, or a date (UTC) such as 2027-01-31"),
    )
    add.add_argument("--models", metavar="A,B", help=_("the only models that it allows"))
    add.add_argument(
        "--requests-per-minute", type=_count, metavar="N", help=_("limit for requests")
    )
    add.add_argument(
        "--tokens-per-day",
        type=_count,
        metavar="N",
        help=_("limit for input and output tokens together, per day in UTC"),
    )
    add.add_argument(
        "--tokens-per-month", type=_count, metavar="N", help=_("the same per month in UTC")
    )
    add.add_argument(
        "--cost-per-month",
        type=_money,
        metavar="X",
        help=_("limit for money per month, by the “price” of the profile in config.toml"),
    )
    add.add_argument(
        "--concurrent-requests",
        type=_count,
        metavar="N",
        help=_("limit for requests that run at the same time (default: 32)"),
    )
    add.add_argument("--profiles", metavar="A,B", help=_("the only profiles that it allows"))
    caps = add.add_argument_group(_("limits of each request"))
    caps.add_argument("--max-tokens", type=_count, metavar="N", help=_("limit for output tokens"))
    caps.add_argument(
        "--max-effort", choices=EFFORTS, metavar="EFFORT", help=_("the highest reasoning effort")
    )
    caps.add_argument("--no-tools", action="store_true", help=_("refuse tools"))
    caps.add_argument("--no-images", action="store_true", help=_("refuse pictures and files"))
    caps.add_argument(
        "--formats", metavar="A,B", help=_("the only response formats, such as text,json_object")
    )
    listing = commands.add_parser(
        "list", help=_("list all codes"), description=_("List all codes.")
    )
    revoke = commands.add_parser(
        "revoke", help=_("revoke a code"), description=_("Revoke a code at once.")
    )
    revoke.add_argument("name", metavar="NAME")
    _add_database(add)
    _add_database(revoke)
    _add_json(listing)
    _add_usage(commands)
    _add_usage(inner)


def _add_json(parser: Any) -> None:
    parser.add_argument("--json", action="store_true", help=_("print JSON"))
    _add_database(parser)


def _add_usage(commands: Any) -> None:
    usage = commands.add_parser(
        "usage",
        help=_("show the usage"),
        description=_(
            "Show requests and tokens by code and day (UTC). ~: partly estimated, because the "
            "endpoint did not report the usage."
        ),
    )
    usage.add_argument("name", nargs="?", metavar="NAME", help=_("show only this code"))
    _add_json(usage)


def _port(text: str) -> int:
    return _whole(text, 0, 65_535)


def _count(text: str) -> int:
    return _whole(text, 1, 10**12)


def _money(text: str) -> int:
    """Return a sum in millionths of a currency unit."""
    import argparse
    from decimal import Decimal, InvalidOperation

    try:
        sum_ = Decimal(text)
    except InvalidOperation:
        sum_ = Decimal(0)
    if not 0 < sum_ <= 10**9:
        raise argparse.ArgumentTypeError(_("it must be a sum of money, such as 20 or 7.50"))
    return int(sum_ * 1_000_000)


def _whole(text: str, low: int, high: int) -> int:
    import argparse

    if not (text.isascii() and text.isdigit() and low <= int(text[:20]) <= high):
        message = _("it must be a whole number from {low} to {high}")
        raise argparse.ArgumentTypeError(message.format(low=low, high=high))
    return int(text)


def _seconds(text: str) -> float:
    import argparse

    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= 3600:
        raise argparse.ArgumentTypeError(_("it must be a number of seconds from 0 to 3600"))
    return seconds
