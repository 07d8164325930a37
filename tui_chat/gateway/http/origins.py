"""Protects the gateway from pages of other sites in a user's browser.

A page can send requests to this machine. With DNS rebinding its own name leads here, so the Host
header names another site; otherwise the Origin header does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from tui_chat.gateway.http.errors import ErrorReply

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

LOOPBACK_HOSTS: Final = ("localhost", "127.0.0.1", "::1")


class AllowedOrigins:
    """Checks the Host and Origin headers of requests."""

    def __init__(self, hosts: Iterable[str] | None = None, origins: Iterable[str] = ()) -> None:
        """Create the check.

        Args:
            hosts: Names under which the gateway may be addressed; None for any.
            origins: Origins of pages that may send requests, such as https://chat.example.
        """
        self._hosts = None if hosts is None else {host.lower().strip("[]") for host in hosts}
        self._origins = {origin.lower().rstrip("/") for origin in origins}

    def check(self, headers: Mapping[bytes, bytes]) -> None:
        """Check a request.

        Raises:
            ErrorReply: The request comes from a page of another site.
        """
        host = headers.get(b"host", b"").decode("latin-1").lower()
        if self._hosts is not None and _name_of(host) not in self._hosts:
            message = "This gateway is not reached under that name. Use its own address."
            raise ErrorReply(421, "wrong_host", message)
        origin = headers.get(b"origin", b"").decode("latin-1").lower().rstrip("/")
        if not origin or origin in self._origins:
            return
        if urlsplit(origin).netloc != host or not host:
            message = (
                "Pages of other sites may not use this gateway. Its operator can allow an origin:"
                " --allow-origin."
            )
            raise ErrorReply(403, "cross_origin", message)


def _name_of(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""
