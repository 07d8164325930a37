"""The HTTP client of one profile: certificates, proxies, redirects, and what it reports."""

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
from urllib.request import getproxies

import httpx2

from tui_chat.config.base_url import is_same_origin
from tui_chat.config.file_paths import PathKind, path_kind
from tui_chat.core.errors import ConfigError
from tui_chat.core.profile import host_of
from tui_chat.core.text.redact import redaction_patterns
from tui_chat.core.text.sanitize import sanitize_line
from tui_chat.providers.errors.http_errors import BODY_LIMIT

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tui_chat.core.profile import Profile

MAX_REDIRECTS: Final = 5
BODY_PATIENCE_S: Final = 3.0
"""How long the body of a failure may take."""
_POST_TO_GET: Final = (HTTPStatus.MOVED_PERMANENTLY, HTTPStatus.FOUND)
_PACKINGS: Final = ("br", "zstd", "compress", "x-compress")
"""Ways to pack a body that are not asked for, and cannot be unpacked here."""
_PERSONAL_LIMITS: Final = httpx2.Limits(max_connections=8, max_keepalive_connections=2)
"""For one user."""


class StatusFailure(Exception):
    """The endpoint answered with a status that is no success.

    Attributes:
        status: The HTTP status.
        headers: With lower-case names.
        body: Up to `BODY_LIMIT` bytes of it, as text.
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
    # Of connections to several addresses of one name.
    ExceptionGroup,
)
"""The exceptions of a request that fails for a reason outside this program."""


class ConnectionTrace:
    """Follows one request on its way over a connection."""

    def __init__(self, on_sent: Callable[[], None] | None = None) -> None:
        """Begin.

        Args:
            on_sent: Called when the request leaves.
        """
        self._on_sent = on_sent
        self._stream: Any = None

    async def __call__(self, event: str, info: Any) -> None:
        """Take note of a step, as the client names it."""
        if event.endswith("connect_tcp.complete"):
            self._stream = info["return_value"]
        elif event.endswith("start_tls.failed") and self._stream is not None:
            # The client closes it after an error, and forgets it when it is cancelled.
            await self._stream.aclose()
        elif event.endswith("send_request_headers.started") and self._on_sent is not None:
            self._on_sent()


def load_transport() -> None:
    """Import in this thread what the first request would import on the event loop (40 ms)."""
    import anyio
    import httpcore2  # noqa: F401 - httpx2 imports it when a client is made

    # anyio imports its sockets and its asyncio backend at their first use.
    _ = anyio.connect_tcp
    anyio.run(anyio.sleep, 0)


def make_client(
    profile: Profile,
    *,
    on_request: Callable[[httpx2.Request], Awaitable[None]],
    limits: httpx2.Limits = _PERSONAL_LIMITS,
) -> httpx2.AsyncClient:
    """Return a client without time limits of its own; the provider's clocks count content.

    Args:
        profile: Whose endpoint it asks.
        on_request: Called before each request leaves, redirected ones included.
        limits: How many connections there may be.

    Raises:
        ConfigError: A certificate file or a proxy setting cannot be used.
    """
    try:
        if profile.uses_proxies:
            _check_proxies()
        # Shorter than the clock that runs meanwhile: the status must come through.
        patience_s = min(BODY_PATIENCE_S, profile.first_token_s / 2)
        refusal = partial(_refuse_failures, patience_s=patience_s)
        return httpx2.AsyncClient(
            verify=_verification(profile),
            # The embedded model is on this machine: neither proxies nor their certificates count.
            trust_env=not profile.is_embedded and profile.uses_proxies,
            timeout=None,
            follow_redirects=True,
            max_redirects=MAX_REDIRECTS,
            limits=limits,
            event_hooks={"request": [on_request], "response": [refusal]},
        )
    except ImportError as error:
        raise ConfigError(
            "A SOCKS proxy is set (ALL_PROXY, HTTPS_PROXY), and the package for it is missing.",
            "Run: pip install socksio; or unset the variable.",
        ) from error
    except OSError as error:
        raise ConfigError(*_certificate_words(profile, error)) from error
    except (ValueError, httpx2.InvalidURL) as error:
        raise ConfigError(
            "A proxy setting cannot be used: "
            f"{sanitize_line(redaction_patterns(str(error)), 200)}.",
            "Check HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY.",
        ) from error


def _check_proxies() -> None:
    """Raise ValueError for a port that no connection could be made to."""
    for name, url in getproxies().items():
        if name != "no":
            _ = urlsplit(url).port


def _certificate_words(profile: Profile, error: OSError) -> tuple[str, str]:
    """Return which file of certificates cannot be used and why, and what to do."""
    if profile.ca_file:
        place, path = "ca_file", profile.ca_file
    else:
        found = ((name, os.environ.get(name, "")) for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"))
        place, path = next((pair for pair in found if pair[1]), ("", ""))
    reason = "it is not a file of certificates" if isinstance(error, ssl.SSLError) else ""
    reason = reason or error.strerror or "it cannot be read"
    if not place:
        return f"The certificates of this machine cannot be read: {reason}.", "Set SSL_CERT_FILE."
    what = f"The certificates in {sanitize_line(path, 200)} cannot be used: {reason}."
    todo = "Write another path, or remove it."
    return what, f"It is named by {place}{' in the profile' if profile.ca_file else ''}. {todo}"


def _verification(profile: Profile) -> Any:
    if not profile.verify:
        return False
    if profile.ca_file:
        if (kind := path_kind(Path(profile.ca_file))) not in (PathKind.FILE, PathKind.MISSING):
            # Of a pipe that nobody writes to there is no end.
            raise OSError(errno.EINVAL, f"it is {kind.value}, not a file", profile.ca_file)
        return ssl.create_default_context(cafile=profile.ca_file)
    if not _may_use_tls(profile):
        # Trusts nobody. The certificates of this machine take 40 ms to read (measured, 3.11).
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # Without the environment's proxies, its certificates are still trusted.
    return True if profile.uses_proxies else ssl.create_default_context()


def _may_use_tls(profile: Profile) -> bool:
    """Say whether any connection may be encrypted; a redirect stays within its origin."""
    urls = [profile.base_url, profile.cancel.url if profile.cancel else "", *getproxies().values()]
    return any(url.lower().startswith("https:") for url in urls)


async def _refuse_failures(response: httpx2.Response, *, patience_s: float) -> None:
    """Read what a failure says, but not for ever; keep redirects within their origin."""
    packing = response.headers.get("content-encoding", "").strip().lower()
    if packing == "x-gzip":
        response.headers["content-encoding"] = "gzip"
    if response.is_success:
        if packing in _PACKINGS:
            raise httpx2.DecodingError(f"packed as {packing}", request=response.request)
        return
    if not response.has_redirect_location:
        is_readable = packing not in _PACKINGS
        raise StatusFailure(response, await _beginning(response, patience_s) if is_readable else "")
    url = str(response.request.url)
    try:
        target = urljoin(url, response.headers["location"])
    except ValueError:
        raise StatusFailure(response, "") from None
    if not is_same_origin(target, url):
        raise ForeignRedirect(host_of(target))
    if response.status_code in _POST_TO_GET:
        # Like 308: the client would turn the question into a GET without a body.
        response.status_code = HTTPStatus.PERMANENT_REDIRECT


async def _beginning(response: httpx2.Response, patience_s: float) -> str:
    """Return what comes of a body in a short time; the status alone says much already."""
    body = bytearray()
    with suppress(TimeoutError, httpx2.HTTPError, httpx2.StreamError):
        async with (
            asyncio.timeout(patience_s),
            aclosing(response.aiter_bytes()) as pieces,
        ):
            async for piece in pieces:
                body += piece
                if len(body) >= BODY_LIMIT:
                    break
    data = bytes(body[:BODY_LIMIT])
    with suppress(LookupError, ValueError):
        return data.decode(response.charset_encoding or "utf-8", "replace")
    return data.decode("utf-8", "replace")
