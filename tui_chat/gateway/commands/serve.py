"""`tui-chat gateway serve`: where it may listen, and everything it opens and closes."""

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
from tui_chat.core.text.sanitize import sanitize_line
from tui_chat.gateway.codes.database import FILE_NAME, GatewayDatabase
from tui_chat.gateway.codes.ledger import Ledger
from tui_chat.gateway.http.shutdown import ShutdownFlag
from tui_chat.gateway.proxy.upstream import open_upstream
from tui_chat.session.log_file import log_to

if TYPE_CHECKING:
    from tui_chat.session.launch import Launch

log = logging.getLogger(__name__)

LOG_NAME: Final = "gateway.log"
_BACKLOG: Final = 2048
_MOST_FILES: Final = 65_536


@dataclass(frozen=True, slots=True)
class ListenAddress:
    """Where the gateway listens, and how."""

    host: str = "127.0.0.1"
    port: int = 8787
    tls_cert: str | None = None
    tls_key: str | None = None
    is_behind_proxy: bool = False
    grace_s: float = 20.0

    def check(self) -> None:
        """Refuse to let codes and conversations travel readable for everybody on the way.

        Raises:
            ConfigError: It would; or the certificate cannot be used.
        """
        if bool(self.tls_cert) != bool(self.tls_key):
            raise ConfigError(
                "A certificate needs its key, and a key its certificate.",
                "Give both --tls-cert and --tls-key.",
            )
        if self.tls_cert and self.tls_key:
            _check_certificate(self.tls_cert, self.tls_key)
        elif not self.is_behind_proxy and not is_loopback(self.host):
            raise ConfigError(
                f"At {sanitize_line(self.host, 80)} others can reach the gateway, and without "
                "encryption everybody on the way can read the access codes and the conversations.",
                "Give --tls-cert and --tls-key; or, when a proxy in front of it encrypts, "
                "--behind-proxy.",
            )

    @property
    def scheme(self) -> str:
        """What the URL begins with."""
        return "https" if self.tls_cert else "http"


def is_loopback(host: str) -> bool:
    """Say whether only this machine can reach a host."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


async def serve(launch: Launch, listening: ListenAddress) -> None:
    """Serve until a signal comes.

    Raises:
        TuiChatError: Something that it needs cannot be used.
    """
    listening.check()
    # Here, because only this command needs them.
    from tui_chat.gateway.http.routes import make_app
    from tui_chat.gateway.http.server import make_server
    from tui_chat.gateway.proxy.completions import CompletionService

    log_to(launch.paths.log_file.with_name(LOG_NAME))
    for problem in launch.settings.problems:
        sys.stderr.write(f"tui-chat: {problem.message}\n")
    _allow_many_connections()
    path = launch.paths.data_dir / FILE_NAME
    async with AsyncExitStack() as stack:
        listener = _listener(listening)
        stack.callback(listener.close)
        upstream = await open_upstream(launch)
        stack.push_async_callback(upstream.aclose)
        # Opened here, so that what cannot be used is told at the start.
        if not upstream.profile.is_embedded:
            await upstream.endpoint()
        records = GatewayDatabase.open(path)
        stack.callback(records.close)
        ledger = await Ledger.open(path)
        stack.push_async_callback(ledger.aclose)
        stopping = ShutdownFlag()
        server = make_server(
            make_app(CompletionService(upstream, records, ledger, stopping)),
            stopping,
            grace_s=listening.grace_s,
            tell=_tell,
            tls_cert=listening.tls_cert,
            tls_key=listening.tls_key,
        )
        upstream.start()
        _tell(_welcome(listening, listener, upstream.profile.name))
        if not any(code.revoked_at is None for code in records.codes()):
            _tell("There are no access codes yet: tui-chat gateway codes add NAME")
        await server.serve(sockets=[listener])
        await server.settled()
        _tell("The gateway has ended.")


def _allow_many_connections() -> None:
    """Use all the open files that this process may have: an answer needs two connections."""
    with suppress(ImportError, OSError, ValueError):
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = _MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, _MOST_FILES)
        if soft < wanted:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _check_certificate(cert: str, key: str) -> None:
    try:
        # A password would be asked for on the terminal, and a server has none.
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(cert, key, password="")
    except (OSError, ValueError) as error:
        code = 0 if isinstance(error, ssl.SSLError) else getattr(error, "errno", 0)
        reason = os.strerror(code).lower() if code else "they do not fit together"
        raise ConfigError(
            f"The certificate {sanitize_line(cert, 200)} and the key {sanitize_line(key, 200)} "
            f"cannot be used: {reason}.",
            "Both are PEM files, the key without a password.",
        ) from error


def _listener(listening: ListenAddress) -> socket.socket:
    """Return a socket that listens.

    Raises:
        ConfigError: Nothing can listen there.
    """
    host = listening.host.strip("[]")
    where = f"{sanitize_line(host, 80)} port {listening.port}"
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
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
        reason = getattr(error, "strerror", None) or "it is no address"
        raise ConfigError(
            f"The gateway cannot listen at {where}: {reason.lower()}.",
            "Choose another --host or --port.",
        ) from error
    listener.setblocking(False)
    return listener


def _welcome(listening: ListenAddress, listener: socket.socket, profile: str) -> str:
    host = listening.host.strip("[]")
    host = f"[{host}]" if ":" in host else host
    url = f"{listening.scheme}://{host}:{listener.getsockname()[1]}"
    return f"The gateway listens at {url} and forwards to profile “{sanitize_line(profile, 80)}”."


def _tell(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


def run(launch: Launch, listening: ListenAddress) -> int:
    """Serve, and return the exit status."""
    try:
        asyncio.run(serve(launch, listening))
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("starlette", "uvicorn", "h11", "anyio"):
            raise
        raise ConfigError(
            "The gateway needs packages that are not installed (starlette and uvicorn).",
            'Run: pip install ".[gateway]"',
        ) from error
    return 0
