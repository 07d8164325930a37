"""The address on which the gateway listens, and the checks that keep it safe."""

from __future__ import annotations

import ipaddress
import os
import socket
import ssl
from dataclasses import dataclass
from typing import Final

from tui_chat.core.errors import ConfigError
from tui_chat.core.labels import _
from tui_chat.core.text.sanitize import sanitize_line
from tui_chat.gateway.http.load_limits import LoadLimits
from tui_chat.gateway.http.origins import LOOPBACK_HOSTS, AllowedOrigins

_BACKLOG: Final = 2048


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
    descriptor: int | None = None
    """File descriptor of a listening socket that another process has opened."""
    parent_pid: int | None = None
    """Process that started this one as a worker; the worker ends with it."""
    workers: int = 1
    worker: int = 0
    """Number of this process; only the first one prints messages."""
    metrics_port: int | None = None
    logs_json: bool = False
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


def open_listener(listening: ListenAddress) -> socket.socket:
    """Return a listening socket.

    Raises:
        ConfigError: The address is invalid or in use.
    """
    if listening.descriptor is not None:
        return socket.socket(fileno=listening.descriptor)
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
