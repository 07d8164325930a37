"""`tui-chat gateway serve`: checks the listen address, and runs the server."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import os
import socket
import ssl
import sys
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tui_chat.core.errors import ConfigError
from tui_chat.core.labels import _, ngettext
from tui_chat.core.text.sanitize import sanitize_line
from tui_chat.gateway.codes.accounting import Accounting
from tui_chat.gateway.codes.revocation import RevocationWatch
from tui_chat.gateway.http.load_limits import LoadLimits
from tui_chat.gateway.http.origins import LOOPBACK_HOSTS, AllowedOrigins
from tui_chat.gateway.proxy.catalog import Catalog
from tui_chat.gateway.proxy.upstream import open_upstreams
from tui_chat.gateway.store.records import open_records
from tui_chat.session.log_file import log_to

if TYPE_CHECKING:
    from tui_chat.session.launch import Launch

log = logging.getLogger(__name__)

LOG_NAME: Final = "gateway.log"
_BACKLOG: Final = 2048
_MAX_FILES: Final = 65_536


@dataclass(frozen=True, slots=True)
class ListenAddress:
    """Address and TLS options of the server."""

    host: str = "127.0.0.1"
    port: int = 8787
    tls_cert: str | None = None
    tls_key: str | None = None
    is_behind_proxy: bool = False
    grace_s: float = 20.0
    database: str | None = None
    """Address of a PostgreSQL database; None for a file."""
    hosts: tuple[str, ...] = ()
    """Further names under which the gateway is addressed."""
    profiles: tuple[str, ...] = ()
    """Profiles to forward to, as NAME or NAME=SHOWN; empty for the one of the chat."""
    origins: tuple[str, ...] = ()
    """Origins of pages that may send requests."""

    def check(self) -> None:
        """Reject an unencrypted address that other machines can reach.

        Raises:
            ConfigError: The address is not allowed, or the certificate is unusable.
        """
        if bool(self.tls_cert) != bool(self.tls_key):
            raise ConfigError(
                _("A certificate needs its key, and a key its certificate."),
                _("Use both --tls-cert and --tls-key."),
            )
        if self.tls_cert and self.tls_key:
            _check_certificate(self.tls_cert, self.tls_key)
        elif not self.is_behind_proxy and not is_loopback(self.host):
            summary = _(
                "Other machines can reach {host}, and without TLS others on the network could read "
                "the access codes and conversations."
            )
            raise ConfigError(
                summary.format(host=sanitize_line(self.host, 80)),
                _("Use --tls-cert and --tls-key; or --behind-proxy if a proxy handles TLS."),
            )

    def load_limits(self) -> LoadLimits:
        """Return the limits of all clients together."""
        if self.is_behind_proxy:
            return LoadLimits(connections_per_address=None)
        return LoadLimits()

    def allowed_origins(self) -> AllowedOrigins:
        """Return the check for pages of other sites.

        On loopback, the names of this machine are the only ones. Elsewhere the operator's names are
        not known, and TLS or a proxy keeps other names away.
        """
        hosts = None
        if self.hosts:
            hosts = (*self.hosts, *LOOPBACK_HOSTS)
        elif is_loopback(self.host) and not self.is_behind_proxy:
            hosts = (self.host, *LOOPBACK_HOSTS)
        return AllowedOrigins(hosts, self.origins)

    @property
    def scheme(self) -> str:
        """URL scheme of the server."""
        return "https" if self.tls_cert else "http"


def is_loopback(host: str) -> bool:
    """Return whether only this machine can reach a host."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


async def serve(launch: Launch, listening: ListenAddress) -> None:
    """Serve until a stop signal arrives.

    Raises:
        TuiChatError: The address, the endpoint or the database is unusable.
    """
    listening.check()
    # Imported here, because only this command needs them.
    from tui_chat.gateway.http.routes import make_app
    from tui_chat.gateway.http.server import ShutdownFlag, make_server
    from tui_chat.gateway.proxy.completions import CompletionService

    log_to(launch.paths.log_file.with_name(LOG_NAME))
    for problem in launch.settings.problems:
        sys.stderr.write(f"tui-chat: {problem.message}\n")
    _allow_many_connections()
    async with AsyncExitStack() as stack:
        listener = _listener(listening)
        stack.callback(listener.close)
        upstreams = await open_upstreams(launch, listening.profiles)
        for upstream in upstreams.values():
            stack.push_async_callback(upstream.aclose)
            # Opened here, so that errors are reported at start-up.
            if not upstream.profile.is_embedded:
                await upstream.endpoint()
        records = await asyncio.to_thread(open_records, launch.paths.data_dir, listening.database)
        stack.callback(records.close)
        accounting = Accounting(records)
        stack.push_async_callback(accounting.aclose)
        await accounting.start()
        revocation = RevocationWatch(records.all_codes, records.code_changes)
        stack.push_async_callback(revocation.aclose)
        revocation.start()
        stopping = ShutdownFlag()
        load = listening.load_limits()
        server = make_server(
            make_app(
                CompletionService(Catalog(upstreams), accounting, revocation, stopping, load),
                listening.allowed_origins(),
            ),
            stopping,
            grace_s=listening.grace_s,
            load=load,
            show_message=_print,
            tls_cert=listening.tls_cert,
            tls_key=listening.tls_key,
        )
        for upstream in upstreams.values():
            upstream.start()
        _print(_welcome(listening, listener, list(upstreams)))
        if not any(code.revoked_at is None for code in await records.all_codes()):
            _print(_("There are no access codes yet: tui-chat gateway codes add NAME"))
        await server.serve(sockets=[listener])
        await server.wait_ended()
        _print(_("The gateway has stopped."))


def _allow_many_connections() -> None:
    """Raise the soft limit for open files: each request needs two connections."""
    with suppress(ImportError, OSError, ValueError):
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = _MAX_FILES if hard == resource.RLIM_INFINITY else min(hard, _MAX_FILES)
        if soft < wanted:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _check_certificate(cert: str, key: str) -> None:
    try:
        # An empty password prevents a prompt on the terminal, which a server may lack.
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(cert, key, password="")
    except (OSError, ValueError) as error:
        code = 0 if isinstance(error, ssl.SSLError) else getattr(error, "errno", 0)
        reason = os.strerror(code).lower() if code else _("they do not match")
        summary = _("The certificate {cert} and the key {key} are unusable: {reason}.")
        raise ConfigError(
            summary.format(
                cert=sanitize_line(cert, 200), key=sanitize_line(key, 200), reason=reason
            ),
            _("Both must be PEM files, the key without a password."),
        ) from error


def _listener(listening: ListenAddress) -> socket.socket:
    """Return a listening socket.

    Raises:
        ConfigError: The address is invalid or in use.
    """
    host = listening.host.strip("[]")
    try:
        family, kind, protocol, _canonical_name, address = socket.getaddrinfo(
            host, listening.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            listener.listen(_BACKLOG)
        except OSError:
            listener.close()
            raise
    except (OSError, UnicodeError, OverflowError) as error:
        reason = (getattr(error, "strerror", None) or _("it is not an address")).lower()
        summary = _("The gateway cannot listen on {host} port {port}: {reason}.")
        raise ConfigError(
            summary.format(host=sanitize_line(host, 80), port=listening.port, reason=reason),
            _("Choose another --host or --port."),
        ) from error
    listener.setblocking(False)
    return listener


def _welcome(listening: ListenAddress, listener: socket.socket, names: list[str]) -> str:
    host = listening.host.strip("[]")
    host = f"[{host}]" if ":" in host else host
    url = f"{listening.scheme}://{host}:{listener.getsockname()[1]}"
    shown = ", ".join(f"“{sanitize_line(name, 80)}”" for name in names)
    return ngettext(
        "The gateway listens at {url} and forwards to profile {names}.",
        "The gateway listens at {url} and forwards to profiles {names}.",
        len(names),
        url=url,
        names=shown,
    )


def _print(message: str) -> None:
    sys.stdout.write(f"{message}\n")
    sys.stdout.flush()


def run(launch: Launch, listening: ListenAddress) -> int:
    """Serve, and return the exit status."""
    try:
        asyncio.run(serve(launch, listening))
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("starlette", "uvicorn", "h11", "anyio"):
            raise
        raise ConfigError(
            _("The gateway needs packages that are not installed (starlette and uvicorn)."),
            _('Run: pip install ".[gateway]"'),
        ) from error
    return 0
