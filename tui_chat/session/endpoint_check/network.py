"""Checks the connection to an endpoint step by step: DNS, connect, TLS."""

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
from tui_chat.core.labels import _, join_list, ngettext
from tui_chat.core.text.quantities import milliseconds

if TYPE_CHECKING:
    from tui_chat.core.errors import TuiChatError
    from tui_chat.core.profile import Profile
    from tui_chat.session.endpoint_check.check_report import CheckReport
    from tui_chat.session.endpoint_check.tls_and_proxies import Proxy

STEP_S: Final = 15.0
"""The timeout of each step."""
_MAX_ADDRESSES: Final = 4
_EXPIRY_WARNING_S: Final = 14 * 86_400
_PORTS: Final = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Target:
    """The peer of the TCP connection: the endpoint, or the proxy in front of it."""

    host: str
    port: int
    is_tls: bool
    proxy: Proxy | None


class ConnectionCheck:
    """Connects to the endpoint of a profile and reports each step."""

    def __init__(
        self,
        profile: Profile,
        proxy: Proxy | None,
        context: ssl.SSLContext | None,
        report: CheckReport,
    ) -> None:
        parts = urlsplit(profile.base_url)
        endpoint = (parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 443))
        host, port = (proxy.host, proxy.port) if proxy else endpoint
        self._target = Target(host, port, parts.scheme == "https", proxy)
        self._profile = profile
        self._context = context
        self._report = report
        self._limit_s = min(STEP_S, profile.timeouts.connect_s)

    async def check(self) -> str:
        """Run all steps.

        Returns:
            The reason why the endpoint is unreachable; empty if it is reachable.
        """
        addresses = await self._resolve()
        if not addresses:
            reason = _("the name cannot be resolved")
            self._report.skip(("connect", "TLS"), reason)
            return reason
        transport = await self._connect(addresses)
        if transport is None:
            reason = _("no connection")
            self._report.skip(("TLS",), reason)
            return reason
        try:
            return await self._start_tls(transport)
        finally:
            transport.abort()

    async def _resolve(self) -> list[str]:
        host, port = self._target.host, self._target.port
        if _is_address(host):
            self._report.skipped("DNS", _("{host} is an IP address"), host=host)
            return [host]
        started_at = time.monotonic()
        try:
            async with asyncio.timeout(STEP_S):
                found = await _getaddrinfo(host, port)
        except TimeoutError:
            text = _("{host} could not be resolved within {seconds:g} s")
            hint = _("Check the internet connection and the name servers of this machine.")
            self._report.failed("DNS", text, hint, host=host, seconds=STEP_S)
            return []
        except (OSError, UnicodeError) as error:
            hint = _("Check base_url and the internet connection of this machine.")
            self._report_error("DNS", error, hint)
            return []
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        shown = addresses[:3]
        if (more := len(addresses) - len(shown)) > 0:
            shown.append(ngettext("{count} more", "{count} more", more))
        took = milliseconds(time.monotonic() - started_at)
        text, listed = _("{host} is {addresses}, {time}"), join_list(shown)
        self._report.ok("DNS", text, host=host, addresses=listed, time=took)
        return addresses[:_MAX_ADDRESSES]

    async def _connect(self, addresses: list[str]) -> asyncio.Transport | None:
        """Try the addresses one after another, so that each failure is reported."""
        loop = asyncio.get_running_loop()
        port, failed = self._target.port, list[str]()
        first: BaseException | None = None
        for address in addresses:
            started_at = time.monotonic()
            try:
                async with asyncio.timeout(self._limit_s / len(addresses)):
                    transport, _protocol = await loop.create_connection(
                        asyncio.Protocol, address, port
                    )
            except OSError as error:
                first = first or error
                failed.append(address)
                continue
            took = milliseconds(time.monotonic() - started_at)
            text = (
                _("{address} port {port} (proxy for {host}), {time}")
                if self._target.proxy
                else _("{address} port {port}, {time}")
            ).format(address=address, port=port, host=self._profile.host, time=took)
            if failed:
                note = _("{text}; failed before: {addresses}")
                text = note.format(text=text, addresses=join_list(failed))
            self._report.ok("connect", text)
            return transport
        self._report_error("connect", first or TimeoutError())
        return None

    async def _start_tls(self, transport: asyncio.Transport) -> str:
        if not self._target.is_tls:
            self._report.skipped("TLS", _("base_url is http: the connection is not encrypted"))
            return ""
        if self._target.proxy:
            text = _("established through the proxy; the requests below check it")
            self._report.skipped("TLS", text)
            return ""
        if self._context is None:
            reason = _("the certificates are unreadable")
            self._report.skip(("TLS",), reason)
            return reason
        loop = asyncio.get_running_loop()
        started_at = time.monotonic()
        try:
            encrypted = await loop.start_tls(
                transport,
                transport.get_protocol(),
                self._context,
                server_hostname=self._target.host,
                ssl_handshake_timeout=STEP_S,
            )
        except OSError as error:
            if _is_timeout(error):
                text = _("{host} did not finish the TLS handshake within {seconds:g} s")
                hint = _("If the server has no HTTPS, use http:// in base_url.")
                self._report.failed("TLS", text, hint, host=self._profile.host, seconds=STEP_S)
            else:
                self._report_error("TLS", error)
            return _("no TLS connection")
        took = milliseconds(time.monotonic() - started_at)
        assert encrypted is not None  # noqa: S101 - None only for a closed transport
        version = encrypted.get_extra_info("ssl_object").version()
        certificate = _describe_certificate(encrypted.get_extra_info("peercert") or {})
        self._report.ok("TLS", f"{version}, {certificate}, {took}")
        encrypted.abort()
        return ""

    def _report_error(self, name: str, error: BaseException, hint: str = "") -> None:
        if self._target.proxy:
            text = _("the proxy {proxy} is unreachable: {reason}")
            hint = _("Check HTTP_PROXY, HTTPS_PROXY and ALL_PROXY.")
            reason = _reason(error)
            self._report.failed(name, text, hint, proxy=self._target.proxy, reason=reason)
            return
        failure = self._as_chat_error(error)
        failure.hint = hint or failure.hint
        self._report.error(name, failure)

    def _as_chat_error(self, error: BaseException) -> TuiChatError:
        """Return the error that the chat shows for an exception."""
        if isinstance(error, TimeoutError):
            text = _("{host} did not accept a connection within {seconds:g} s.")
            summary = text.format(host=self._profile.host, seconds=self._limit_s)
            return NoAnswer(summary, _("Check base_url, the network and firewalls."))
        # Imports the HTTP client, which no earlier check needs.
        from tui_chat.providers.errors.transport_errors import TransportErrors

        return TransportErrors(self._profile, self._report.mask).of(error)


async def _getaddrinfo(host: str, port: int) -> list[Any]:
    """Resolve a name in a daemon thread, so that a slow lookup does not delay the exit."""
    loop = asyncio.get_running_loop()
    found: asyncio.Future[list[Any]] = loop.create_future()

    def settle(entries: list[Any], error: Exception | None) -> None:
        if found.done():
            return
        if error is None:
            found.set_result(entries)
        else:
            found.set_exception(error)

    def resolve() -> None:
        entries: list[Any] = []
        error: Exception | None = None
        try:
            entries = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as raised:
            error = raised
        # The loop may be closed already.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(settle, entries, error)

    threading.Thread(target=resolve, name="lookup", daemon=True).start()
    return await found


def _is_timeout(error: OSError) -> bool:
    # asyncio has no exception class for a handshake timeout.
    return isinstance(error, TimeoutError) or "handshake is taking longer" in str(error)


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


def _describe_certificate(certificate: dict[str, Any]) -> str:
    ends = certificate.get("notAfter")
    if not ends:
        return _("certificate not verified")
    left_s = ssl.cert_time_to_seconds(str(ends)) - time.time()
    date = datetime.fromtimestamp(time.time() + left_s, UTC).date().isoformat()
    if left_s >= _EXPIRY_WARNING_S:
        return _("certificate valid until {date}").format(date=date)
    text = ngettext(
        "certificate valid until {{date}}, {count} day left",
        "certificate valid until {{date}}, {count} days left",
        int(left_s // 86_400),
    )
    return text.format(date=date)


def _reason(error: BaseException) -> str:
    if isinstance(error, TimeoutError):
        return _("timeout")
    if isinstance(error, socket.gaierror):
        return _("the name cannot be resolved")
    code = getattr(error, "errno", None)
    return os.strerror(code).lower() if code else type(error).__name__
