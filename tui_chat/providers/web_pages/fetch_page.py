"""Fetches one web page: http(s) only, with limits, from an address that was checked before.

A name is resolved once, and the connection goes to the address that was checked, so that a second
answer of the name server cannot lead elsewhere. Every redirect is checked in the same way.
"""

from __future__ import annotations

import asyncio
import re
from contextlib import aclosing
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from urllib.parse import urljoin

import httpx2

from tui_chat import __version__
from tui_chat.config.proxy_choice import proxy_for
from tui_chat.core.errors import AttachmentRefused
from tui_chat.core.labels import _
from tui_chat.core.profile import host_and_port, is_loopback_host
from tui_chat.core.text.quantities import byte_size
from tui_chat.core.text.sanitize import sanitize_line
from tui_chat.providers.http.client import MAX_REDIRECTS
from tui_chat.providers.http.decoded_body import beginning_of
from tui_chat.providers.web_pages.addresses import (
    Origin,
    is_public,
    literal_address,
    origin_of,
    resolve,
)
from tui_chat.providers.web_pages.page_errors import page_error

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from tui_chat.providers.web_pages.addresses import Address

    Resolver = Callable[[Origin], Awaitable[Sequence[Address]]]

_LONGEST_URL: Final = 8_000
_MOST_ADDRESSES: Final = 4
"""Addresses of one name that are tried."""
_CHARSET: Final = re.compile(r"charset\s*=\s*[\"']?([\w.:-]+)", re.ASCII | re.IGNORECASE)
_READABLE: Final = frozenset({"", "identity", "gzip", "x-gzip", "deflate"})
_ERRORS: Final = (httpx2.HTTPError, httpx2.InvalidURL, OSError, UnicodeError, ExceptionGroup)


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """The limits of fetching one page."""

    page_bytes: int = 10_000_000
    """After decompression."""
    time_s: float = 30.0
    """For all redirects together."""
    connect_s: float = 10.0
    """For one address."""


@dataclass(frozen=True, slots=True)
class FetchedPage:
    """A page as it was received."""

    url: str
    """The address after redirects."""
    data: bytes
    mime: str
    """In lower case, without parameters; empty if the server names none."""
    charset: str = ""
    """The encoding as the server names it; may be empty or unknown."""
    proxy: str = ""
    """Host and port of the proxy, which resolved the name; empty without one."""


async def fetch_page(
    text: str,
    *,
    is_offline: bool = False,
    limits: FetchLimits | None = None,
    resolver: Resolver = resolve,
) -> FetchedPage:
    """Fetch a page.

    Args:
        text: The address as the user wrote it. A private address is fetched only if it is named
            here literally; no redirect and no name leads to one.
        is_offline: Whether only this machine may be connected.
        limits: The limits of size and time.
        resolver: Returns the addresses of a host.

    Raises:
        AttachmentRefused: The page cannot be fetched, or its address is not allowed.
    """
    limits = limits or FetchLimits()
    url = _parsed(text)
    named = origin_of(url)
    try:
        async with asyncio.timeout(limits.time_s):
            for _hop in range(MAX_REDIRECTS + 1):
                found = await _Request(url, named, is_offline, limits, resolver).run()
                if isinstance(found, FetchedPage):
                    return found
                url = found
    except TimeoutError as error:
        raise page_error(error, _shown(url)) from error
    raise AttachmentRefused(_("{host} redirects in a loop.").format(host=_shown(named_url(named))))


def named_url(origin: Origin) -> httpx2.URL:
    """Return the shortest URL of an origin."""
    return httpx2.URL(scheme=origin.scheme, host=origin.host, port=origin.port)


def _parsed(text: str) -> httpx2.URL:
    """Return the URL that a user or a redirect named."""
    try:
        url = httpx2.URL(text[: _LONGEST_URL + 1])
    except (httpx2.InvalidURL, ValueError, UnicodeError):
        raise _invalid(text) from None
    if url.scheme not in ("http", "https") or not url.host or len(text) > _LONGEST_URL:
        raise _invalid(text)
    if url.userinfo:
        raise AttachmentRefused(
            _("The address contains a user name or a password, which is not sent."),
            _("Save the page in the browser and attach the file."),
        )
    return url


def _invalid(text: str) -> AttachmentRefused:
    return AttachmentRefused(
        _("{url} is not the address of a web page.").format(url=sanitize_line(text, 200)),
        _("It begins with https:// or http://."),
    )


def _shown(url: httpx2.URL) -> str:
    return sanitize_line(host_and_port(str(url)), 200)


@dataclass(frozen=True, slots=True)
class _Request:
    """One request: to the page, or to the target of a redirect."""

    url: httpx2.URL
    named: Origin
    """The origin that the user named."""
    is_offline: bool
    limits: FetchLimits
    resolver: Resolver

    async def run(self) -> FetchedPage | httpx2.URL:
        """Return the page, or the URL of a redirect."""
        proxy = None if self.is_offline else proxy_for(str(self.url))
        failure: BaseException | None = None
        try:
            if proxy is not None:
                self._check_name()
                return await self._ask(self.url, proxy)
            for address in await self._checked_addresses():
                try:
                    return await self._ask(self.url.copy_with(host=str(address)), None)
                except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
                    failure = error
        except _ERRORS as error:
            failure = error
        except ImportError as error:
            raise AttachmentRefused(
                _("A SOCKS proxy is set (ALL_PROXY, HTTPS_PROXY), but its package is missing."),
                _("Run: pip install socksio; or unset the variable."),
            ) from error
        raise page_error(failure or OSError(), _shown(self.url)) from failure

    def _check_name(self) -> None:
        """Check what can be checked if the proxy resolves the name: literal addresses."""
        origin = origin_of(self.url)
        address = literal_address(origin.host)
        if address is None and is_loopback_host(origin.host):
            address = literal_address("127.0.0.1")
        if address is not None:
            self._check(origin, address)

    async def _checked_addresses(self) -> Sequence[Address]:
        origin = origin_of(self.url)
        if self.is_offline and not is_loopback_host(origin.host):
            raise AttachmentRefused(
                _("--offline blocks the connection to {host}.").format(host=_shown(self.url)),
                _("Restart without --offline, or save the page and attach the file."),
            )
        addresses = await self.resolver(origin)
        for address in addresses:
            # One private address among public ones is suspicious, too.
            self._check(origin, address)
        return addresses[:_MOST_ADDRESSES]

    def _check(self, origin: Origin, address: Address) -> None:
        if is_public(address) or self.named.allows(origin):
            return
        if origin == self.named:
            raise AttachmentRefused(
                _("{host} is at the private address {address}.").format(
                    host=_shown(self.url), address=address
                ),
                _("If you mean it, name the address itself in place of the host."),
            )
        raise AttachmentRefused(
            _("{host} redirects to {target}, which is at a private address.").format(
                host=_shown(named_url(self.named)), target=_shown(self.url)
            ),
            _("If you mean it, attach that address."),
        )

    async def _ask(self, target: httpx2.URL, proxy: str | None) -> FetchedPage | httpx2.URL:
        uses_tls = any(it.startswith("https:") for it in (str(self.url), proxy or ""))
        # In a thread: reading the certificates of this machine takes 40 ms.
        verify = await asyncio.to_thread(httpx2.create_ssl_context) if uses_tls else False
        transport = httpx2.AsyncHTTPTransport(verify=verify, trust_env=False, proxy=proxy)
        client = httpx2.AsyncClient(
            transport=transport,
            trust_env=False,
            timeout=httpx2.Timeout(self.limits.time_s, connect=self.limits.connect_s),
        )
        async with client:
            request = client.build_request(
                "GET",
                target,
                headers={
                    "Host": self.url.netloc.decode("ascii"),
                    "User-Agent": f"tui-chat/{__version__}",
                    "Accept": "text/html, application/xhtml+xml, text/*;q=0.9, */*;q=0.5",
                    "Accept-Encoding": "gzip, deflate",
                },
                # The certificate is checked for the name, although an address is connected.
                extensions={"sni_hostname": self.url.raw_host.decode("ascii")},
            )
            response = await client.send(request, stream=True, follow_redirects=False)
            async with aclosing(response):
                if response.has_redirect_location:
                    return _parsed(urljoin(str(self.url), response.headers["location"]))
                return await self._received(response, proxy)

    async def _received(self, response: httpx2.Response, proxy: str | None) -> FetchedPage:
        host = _shown(self.url)
        if not response.is_success:
            raise _status_error(host, response.status_code)
        if response.headers.get("content-encoding", "").strip().lower() not in _READABLE:
            raise httpx2.DecodingError("an encoding that was not asked for")
        data = await beginning_of(response, self.limits.page_bytes)
        if len(data) > self.limits.page_bytes:
            raise AttachmentRefused(
                _("The page at {host} is larger than {limit}.").format(
                    host=host, limit=byte_size(self.limits.page_bytes)
                ),
                _("Save the part that matters and attach the file."),
            )
        kind = response.headers.get("content-type", "")
        charset = _CHARSET.search(kind)
        return FetchedPage(
            url=str(self.url),
            data=data,
            mime=kind.partition(";")[0].strip().lower(),
            charset=charset[1] if charset else "",
            proxy=sanitize_line(host_and_port(proxy), 80) if proxy else "",
        )


def _status_error(host: str, status: int) -> AttachmentRefused:
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = ""
    hints = {
        HTTPStatus.NOT_FOUND: _("Check the address."),
        HTTPStatus.GONE: _("Check the address."),
        HTTPStatus.TOO_MANY_REQUESTS: _("Try again later."),
    }
    hint = _("Open it in the browser, save the page and attach the file.")
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        hint = _("Try again later.")
    return AttachmentRefused(
        _("{host} answers with {status}.").format(host=host, status=f"{status} {phrase}".strip()),
        hints.get(HTTPStatus(status), hint) if phrase else hint,
    )
