"""The HTTP client of one profile: certificates, proxies, redirects, and what it reports."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urljoin

import httpx2

from tui_chat.config.urls import is_same_origin
from tui_chat.core.errors import ConfigError
from tui_chat.core.profile import host_of
from tui_chat.core.visible import visible_line
from tui_chat.providers.error_map import BODY_LIMIT

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tui_chat.core.profile import Profile

MAX_REDIRECTS: Final = 5
_CLOSE: Final = 8


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


def make_client(
    profile: Profile, *, on_request: Callable[[httpx2.Request], Awaitable[None]]
) -> httpx2.AsyncClient:
    """Return a client without time limits of its own; the provider's clocks count content.

    Args:
        profile: Whose endpoint it asks.
        on_request: Called before each request leaves, redirected ones included.

    Raises:
        ConfigError: A certificate file or a proxy setting cannot be used.
    """
    try:
        return httpx2.AsyncClient(
            verify=_verification(profile),
            # The embedded model is on this machine: neither proxies nor their certificates count.
            trust_env=not profile.is_embedded,
            timeout=None,
            follow_redirects=True,
            max_redirects=MAX_REDIRECTS,
            limits=httpx2.Limits(max_connections=_CLOSE, max_keepalive_connections=2),
            event_hooks={"request": [on_request], "response": [_refuse_failures]},
        )
    except ImportError as error:
        raise ConfigError(
            "A SOCKS proxy is set (ALL_PROXY, HTTPS_PROXY), and the package for it is missing.",
            "Run: pip install socksio; or unset the variable.",
        ) from error
    except (OSError, ssl.SSLError) as error:
        where = f" ({profile.ca_file})" if profile.ca_file else ""
        raise ConfigError(
            f"The certificates cannot be read{where}: {visible_line(str(error), 200)}.",
            "Check ca_file in the profile, SSL_CERT_FILE and SSL_CERT_DIR.",
        ) from error
    except ValueError as error:
        raise ConfigError(
            f"A proxy setting cannot be used: {visible_line(str(error), 200)}.",
            "Check HTTP_PROXY, HTTPS_PROXY and ALL_PROXY.",
        ) from error


def _verification(profile: Profile) -> Any:
    if not profile.verify:
        return False
    if profile.ca_file:
        return ssl.create_default_context(cafile=profile.ca_file)
    return True


async def _refuse_failures(response: httpx2.Response) -> None:
    """Read what a failure says, but not for ever; keep redirects within their origin."""
    if response.is_success:
        return
    if response.has_redirect_location:
        target = urljoin(str(response.request.url), response.headers["location"])
        if not is_same_origin(target, str(response.request.url)):
            raise ForeignRedirect(host_of(target))
        return
    body = bytearray()
    async for piece in response.aiter_bytes():
        body += piece
        if len(body) >= BODY_LIMIT:
            break
    raise StatusFailure(response, bytes(body[:BODY_LIMIT]).decode("utf-8", "replace"))
