"""Creates the HTTP client of a profile: certificates, proxies, redirects, error responses."""

from __future__ import annotations

import asyncio
import errno
import os
import ssl
from contextlib import aclosing, suppress
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urljoin, urlsplit

import httpx2

from tui_chat.config.base_url import is_same_origin
from tui_chat.config.file_paths import PathKind, path_kind
from tui_chat.config.proxy_choice import proxy_for
from tui_chat.core.errors import ConfigError
from tui_chat.core.labels import _
from tui_chat.core.profile import host_and_port
from tui_chat.core.text.redact import redaction_patterns
from tui_chat.core.text.sanitize import sanitize_line
from tui_chat.providers.errors.http_errors import BODY_LIMIT
from tui_chat.providers.http.decoded_body import decoded_body

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tui_chat.core.profile import Profile

MAX_REDIRECTS: Final = 5
BODY_TIMEOUT_S: Final = 3.0
"""Time limit for the body of an error response."""
_POST_TO_GET: Final = (HTTPStatus.MOVED_PERMANENTLY, HTTPStatus.FOUND)
_UNSUPPORTED_ENCODINGS: Final = ("br", "zstd", "compress", "x-compress")
"""Content encodings that are never requested and cannot be decoded here."""
_SINGLE_USER_LIMITS: Final = httpx2.Limits(max_connections=8, max_keepalive_connections=2)


class StatusFailure(Exception):
    """The endpoint responded with an error status.

    Attributes:
        status: The HTTP status.
        headers: The response headers with lower-case names.
        body: The first `BODY_LIMIT` bytes of the body, as text.
    """

    def __init__(self, response: httpx2.Response, body: str) -> None:
        super().__init__(response.status_code)
        self.status = response.status_code
        self.headers = {name.lower(): value for name, value in response.headers.items()}
        self.body = body


class ForeignRedirect(Exception):
    """The endpoint redirects to another origin, which is never followed."""

    def __init__(self, host: str) -> None:
        super().__init__(host)
        self.host = host


FAILURES: Final = (
    StatusFailure,
    ForeignRedirect,
    httpx2.HTTPError,
    httpx2.InvalidURL,
    httpx2.StreamError,
    OSError,
    UnicodeError,
    # Raised if connections to several addresses of one name fail.
    ExceptionGroup,
)
"""Exceptions of a request that fails for a reason outside this program."""


class ConnectionTrace:
    """Trace hook of the HTTP client for one request."""

    def __init__(self, on_sent: Callable[[], None] | None = None) -> None:
        """Create the hook.

        Args:
            on_sent: Called when the request is sent.
        """
        self._on_sent = on_sent
        self._stream: Any = None

    async def __call__(self, event: str, info: Any) -> None:
        """Handle a trace event of the client."""
        if event.endswith("connect_tcp.complete"):
            self._stream = info["return_value"]
        elif event.endswith("start_tls.failed") and self._stream is not None:
            # The client closes the stream after an error, but not after a cancellation.
            await self._stream.aclose()
        elif event.endswith("send_request_headers.started") and self._on_sent is not None:
            self._on_sent()


def load_transport() -> None:
    """Import in this thread the modules that the first request would import on the loop (40 ms)."""
    import anyio
    import httpcore2  # noqa: F401 - httpx2 imports it when a client is created

    # anyio imports its sockets and its asyncio backend on first use.
    _ = anyio.connect_tcp
    anyio.run(anyio.sleep, 0)


def make_client(
    profile: Profile,
    *,
    on_request: Callable[[httpx2.Request], Awaitable[None]],
    limits: httpx2.Limits = _SINGLE_USER_LIMITS,
) -> httpx2.AsyncClient:
    """Return a client without timeouts of its own; `ReplyTimeouts` measures content instead.

    Args:
        profile: The endpoint and its settings.
        on_request: Called before each request, redirected ones included.
        limits: The limits of the connection pool.

    Raises:
        ConfigError: A certificate file or a proxy setting is unusable.
    """
    try:
        # Shorter than the timeout that runs meanwhile, so that the status is still reported.
        timeout_s = min(BODY_TIMEOUT_S, profile.first_token_s / 2)
        on_response = partial(_check_response, timeout_s=timeout_s)
        return httpx2.AsyncClient(
            transport=_transport(profile, profile.base_url, limits),
            mounts=_cancel_mounts(profile, limits),
            # Only what this endpoint needs is read from the environment, above.
            trust_env=False,
            timeout=None,
            follow_redirects=True,
            max_redirects=MAX_REDIRECTS,
            event_hooks={"request": [on_request], "response": [on_response]},
        )
    except ImportError as error:
        raise ConfigError(
            _("A SOCKS proxy is set (ALL_PROXY, HTTPS_PROXY), but its package is missing."),
            _("Run: pip install socksio; or unset the variable."),
        ) from error
    except OSError as error:
        raise ConfigError(*_certificate_error(profile, error)) from error
    except (ValueError, httpx2.InvalidURL) as error:
        reason = sanitize_line(redaction_patterns(str(error)), 200)
        raise ConfigError(
            _("A proxy setting is unusable: {reason}.").format(reason=reason),
            _("Check HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY."),
        ) from error


def _transport(profile: Profile, url: str, limits: httpx2.Limits) -> httpx2.AsyncHTTPTransport:
    """Return the transport for one URL, through its proxy if there is one.

    Raises:
        ValueError: The proxy has an invalid port or an unknown scheme.
    """
    proxy = _proxy_of(profile, url)
    if proxy is not None:
        _port = urlsplit(proxy).port
    return httpx2.AsyncHTTPTransport(
        verify=_verification(profile),
        # Without it, SSL_CERT_FILE would be ignored.
        trust_env=not profile.is_embedded and profile.uses_proxies,
        limits=limits,
        proxy=proxy,
    )


def _cancel_mounts(
    profile: Profile, limits: httpx2.Limits
) -> dict[str, httpx2.AsyncHTTPTransport | None]:
    """Return the transport of the cancel request if its URL has another host."""
    url = profile.cancel.url if profile.cancel is not None else ""
    parts = urlsplit(url) if "://" in url else None
    if parts is None or not parts.hostname or is_same_origin(url, profile.base_url):
        return {}
    return {f"{parts.scheme}://{parts.hostname}": _transport(profile, url, limits)}


def _proxy_of(profile: Profile, url: str) -> str | None:
    # The embedded model runs on this machine, so proxies do not apply.
    return None if profile.is_embedded or not profile.uses_proxies else proxy_for(url)


def _certificate_error(profile: Profile, error: OSError) -> tuple[str, str]:
    """Return the message and the advice for an unusable file of certificates."""
    reason = _("it is not a file of certificates") if isinstance(error, ssl.SSLError) else ""
    reason = reason or error.strerror or _("it cannot be read")
    variables = ((name, os.environ.get(name, "")) for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"))
    variable, path = next((pair for pair in variables if pair[1]), ("", ""))
    if profile.ca_file:
        path = profile.ca_file
        hint = _("Correct or remove ca_file in the profile.")
    elif variable:
        hint = _("Correct or unset {variable}.").format(variable=variable)
    else:
        summary = _("The certificates of this machine cannot be read: {reason}.")
        return summary.format(reason=reason), _("Set SSL_CERT_FILE.")
    summary = _("The certificates in {path} are unusable: {reason}.")
    return summary.format(path=sanitize_line(path, 200), reason=reason), hint


def _verification(profile: Profile) -> Any:
    if not profile.verify:
        return False
    if profile.ca_file:
        if (kind := path_kind(Path(profile.ca_file))) not in (PathKind.FILE, PathKind.MISSING):
            # Reading a pipe without a writer would block forever.
            reason = _("it is {kind}, not a file").format(kind=_(kind.value))
            raise OSError(errno.EINVAL, reason, profile.ca_file)
        return ssl.create_default_context(cafile=profile.ca_file)
    if not _may_use_tls(profile):
        # Trusts no certificate. Reading those of this machine takes 40 ms (measured, 3.11).
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # Without trust_env, httpx2 would ignore SSL_CERT_FILE.
    return True if profile.uses_proxies else ssl.create_default_context()


def _may_use_tls(profile: Profile) -> bool:
    """Return whether any connection may use TLS; redirects stay within their origin."""
    urls = [profile.base_url, profile.cancel.url if profile.cancel else ""]
    proxies = [_proxy_of(profile, url) or "" for url in urls]
    return any(url.lower().startswith("https:") for url in (*urls, *proxies))


async def _check_response(response: httpx2.Response, *, timeout_s: float) -> None:
    """Raise for an error response, reading its body briefly; keep redirects within their origin."""
    encoding = response.headers.get("content-encoding", "").strip().lower()
    if encoding == "x-gzip":
        response.headers["content-encoding"] = "gzip"
    # Two layers turn some kilobytes into gigabytes; only one was requested.
    is_readable = encoding not in _UNSUPPORTED_ENCODINGS and "," not in encoding
    if response.is_success:
        if not is_readable:
            raise httpx2.DecodingError(f"encoded as {encoding}", request=response.request)
        return
    if not response.has_redirect_location:
        raise StatusFailure(response, await _beginning(response, timeout_s) if is_readable else "")
    url = str(response.request.url)
    try:
        target = urljoin(url, response.headers["location"])
    except ValueError:
        raise StatusFailure(response, "") from None
    if not is_same_origin(target, url):
        raise ForeignRedirect(host_and_port(target))
    if response.status_code in _POST_TO_GET:
        # Treated like 308: the client would turn the request into a GET without a body.
        response.status_code = HTTPStatus.PERMANENT_REDIRECT


async def _beginning(response: httpx2.Response, timeout_s: float) -> str:
    """Return the part of a body that arrives within a short time."""
    body = bytearray()
    with suppress(TimeoutError, httpx2.HTTPError, httpx2.StreamError):
        async with (
            asyncio.timeout(timeout_s),
            aclosing(decoded_body(response)) as pieces,
        ):
            async for piece in pieces:
                body += piece
                if len(body) >= BODY_LIMIT:
                    break
    data = bytes(body[:BODY_LIMIT])
    with suppress(LookupError, ValueError):
        return data.decode(response.charset_encoding or "utf-8", "replace")
    return data.decode("utf-8", "replace")
