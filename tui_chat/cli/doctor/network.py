"""The way to an endpoint, step by step: name, connection, encryption."""

from __future__ import annotations

import asyncio
import ipaddress
import os
import socket
import ssl
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from tui_chat.core.errors import NoAnswer
from tui_chat.core.text.quantities import counted, milliseconds

if TYPE_CHECKING:
    from tui_chat.cli.doctor.report import Report
    from tui_chat.cli.doctor.tls_and_proxies import Proxy
    from tui_chat.core.errors import TuiChatError
    from tui_chat.core.profile import Profile

STEP_S: Final = 15.0
"""The limit of each step."""
_MOST_TRIED: Final = 4
_SOON_S: Final = 14 * 86_400
_PORTS: Final = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Target:
    """Where the first connection leads: to the endpoint, or to the proxy before it."""

    host: str
    port: int
    is_tls: bool
    proxy: Proxy | None


class ConnectionCheck:
    """Goes the way to the endpoint of a profile and tells each step."""

    def __init__(
        self,
        profile: Profile,
        proxy: Proxy | None,
        context: ssl.SSLContext | None,
        report: Report,
    ) -> None:
        """Prepare; nothing is connected yet.

        Args:
            profile: Whose endpoint it is.
            proxy: What stands between here and there.
            context: Whom encryption trusts; None when the certificates cannot be read.
            report: Where it is told.
        """
        parts = urlsplit(profile.base_url)
        endpoint = (parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 443))
        host, port = (proxy.host, proxy.port) if proxy else endpoint
        self._target = Target(host, port, parts.scheme == "https", proxy)
        self._profile = profile
        self._context = context
        self._report = report
        self._limit_s = min(STEP_S, profile.timeouts.connect_s)

    async def check(self) -> str:
        """Go there.

        Returns:
            Why the endpoint cannot be asked; empty when it can.
        """
        addresses = await self._look_up()
        if not addresses:
            self._skip(("connect", "TLS"), "the name leads nowhere")
            return "the name leads nowhere"
        transport = await self._connect(addresses)
        if transport is None:
            self._skip(("TLS",), "there is no connection")
            return "there is no connection"
        try:
            return await self._encrypt(transport)
        finally:
            transport.abort()

    async def _look_up(self) -> list[str]:
        host, port = self._target.host, self._target.port
        if _is_address(host):
            self._report.skipped("DNS", f"{host} is an address already")
            return [host]
        began = time.monotonic()
        try:
            async with asyncio.timeout(STEP_S):
                found = await _looked_up(host, port)
        except TimeoutError:
            what = f"the name {host} could not be looked up within {STEP_S:g} s"
            self._report.wrong("DNS", what, "Is this machine online? Check its name servers.")
            return []
        except (OSError, UnicodeError) as error:
            self._tell("DNS", error, "Check base_url, and that this machine is online.")
            return []
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        more = f" and {len(addresses) - 3} more" if len(addresses) > 3 else ""
        took = milliseconds(time.monotonic() - began)
        self._report.ok("DNS", f"{host} is {', '.join(addresses[:3])}{more}, {took}")
        return addresses[:_MOST_TRIED]

    async def _connect(self, addresses: list[str]) -> asyncio.Transport | None:
        """Try the addresses one after another, so that each can be told."""
        loop = asyncio.get_running_loop()
        port, silent = self._target.port, list[str]()
        first: BaseException | None = None
        for address in addresses:
            began = time.monotonic()
            try:
                async with asyncio.timeout(self._limit_s / len(addresses)):
                    transport, _ = await loop.create_connection(asyncio.Protocol, address, port)
            except OSError as error:
                first = first or error
                silent.append(address)
                continue
            took = milliseconds(time.monotonic() - began)
            but = f"; without success before: {', '.join(silent)}" if silent else ""
            via = f" (the proxy before {self._profile.host})" if self._target.proxy else ""
            self._report.ok("connect", f"{address} port {port}{via}, {took}{but}")
            return transport
        self._tell("connect", first or TimeoutError())
        return None

    async def _encrypt(self, transport: asyncio.Transport) -> str:
        if not self._target.is_tls:
            self._report.skipped("TLS", "base_url says http: nothing is encrypted")
            return ""
        if self._target.proxy:
            self._report.skipped("TLS", "made through the proxy; the requests below show it")
            return ""
        if self._context is None:
            self._skip(("TLS",), "its certificates cannot be read")
            return "its certificates cannot be read"
        loop = asyncio.get_running_loop()
        began = time.monotonic()
        try:
            encrypted = await loop.start_tls(
                transport,
                transport.get_protocol(),
                self._context,
                server_hostname=self._target.host,
                ssl_handshake_timeout=STEP_S,
            )
        except OSError as error:
            if _is_too_slow(error):
                what = f"{self._profile.host} did not begin to encrypt within {STEP_S:g} s"
                todo = "Does it speak HTTPS? If not, write http:// in base_url."
                self._report.wrong("TLS", what, todo)
            else:
                self._tell("TLS", error)
            return "there is no encrypted connection"
        took = milliseconds(time.monotonic() - began)
        assert encrypted is not None  # noqa: S101 - only a closed transport gives None
        version = encrypted.get_extra_info("ssl_object").version()
        certificate = _certificate_words(encrypted.get_extra_info("peercert") or {})
        self._report.ok("TLS", f"{version}, {certificate}, {took}")
        encrypted.abort()
        return ""

    def _skip(self, names: tuple[str, ...], reason: str) -> None:
        for name in names:
            self._report.skipped(name, f"skipped: {reason}")

    def _tell(self, name: str, error: BaseException, todo: str = "") -> None:
        if self._target.proxy:
            what = f"the proxy {self._target.proxy} cannot be reached: {_reason(error)}"
            self._report.wrong(name, what, "Check HTTP_PROXY, HTTPS_PROXY and ALL_PROXY.")
            return
        failure = self._failure(error)
        failure.hint = todo or failure.hint
        self._report.failed(name, failure)

    def _failure(self, error: BaseException) -> TuiChatError:
        """Return an exception in the words that the chat has for it."""
        if isinstance(error, TimeoutError):
            what = f"{self._profile.host} did not accept a connection within {self._limit_s:g} s."
            return NoAnswer(what, "Check base_url, the network, and firewalls on the way.")
        # It loads the HTTP client, which nothing before needs.
        from tui_chat.providers.errors.transport_errors import TransportErrors

        return TransportErrors(self._profile, self._report.mask).of(error)


async def _looked_up(host: str, port: int) -> list[Any]:
    """Look a name up in a thread that nobody waits for at the end of the program."""
    loop = asyncio.get_running_loop()
    found: asyncio.Future[list[Any]] = loop.create_future()

    def settle(entries: list[Any], error: Exception | None) -> None:
        if found.done():
            return
        if error is None:
            found.set_result(entries)
        else:
            found.set_exception(error)

    def look_up() -> None:
        entries: list[Any] = []
        error: Exception | None = None
        try:
            entries = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as raised:
            error = raised
        # The program may have ended meanwhile.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(settle, entries, error)

    threading.Thread(target=look_up, name="lookup", daemon=True).start()
    return await found


def _is_too_slow(error: OSError) -> bool:
    # The loop has no class of its own for this.
    return isinstance(error, TimeoutError) or "handshake is taking longer" in str(error)


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


def _certificate_words(certificate: dict[str, Any]) -> str:
    ends = certificate.get("notAfter")
    if not ends:
        return "certificate not checked"
    left_s = ssl.cert_time_to_seconds(str(ends)) - time.time()
    date = datetime.fromtimestamp(time.time() + left_s, UTC).date().isoformat()
    soon = f", in {counted(int(left_s // 86_400), 'day')}" if left_s < _SOON_S else ""
    return f"certificate valid until {date}{soon}"


def _reason(error: BaseException) -> str:
    if isinstance(error, TimeoutError):
        return "no connection in time"
    if isinstance(error, socket.gaierror):
        return "there is no machine of that name"
    code = getattr(error, "errno", None)
    return os.strerror(code).lower() if code else type(error).__name__
