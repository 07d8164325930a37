"""The messages for web pages that cannot be fetched."""

from __future__ import annotations

import socket
import ssl
from typing import TYPE_CHECKING

import httpx2

from tui_chat.core.errors import AttachmentRefused
from tui_chat.core.labels import _
from tui_chat.core.text.redact import redaction_patterns
from tui_chat.core.text.sanitize import sanitize_line
from tui_chat.providers.errors.transport_errors import certificate_error, chain_of

if TYPE_CHECKING:
    from collections.abc import Sequence


def page_error(error: BaseException, host: str) -> AttachmentRefused:
    """Return the message for an exception of the transport.

    Args:
        error: The exception.
        host: Host and port of the page, for the user.
    """
    chain = list(chain_of(error))
    summary, hint = _of_connection(chain) or _of_http(chain) or ("", "")
    if not summary:
        reason = sanitize_line(redaction_patterns(str(chain[-1]) or type(chain[-1]).__name__), 200)
        summary = _("The page at {host} cannot be fetched: {reason}.")
        return AttachmentRefused(summary.format(host=host, reason=reason.rstrip(".")))
    return AttachmentRefused(summary.format(host=host), hint)


def _of_connection(chain: Sequence[BaseException]) -> tuple[str, str] | None:
    for link in chain:
        if isinstance(link, ssl.SSLCertVerificationError):
            return certificate_error(link), _("Open it in the browser to see what is wrong.")
        if isinstance(link, socket.gaierror):
            if link.errno == socket.EAI_AGAIN:
                return (
                    _("The name of {host} could not be looked up."),
                    _("Is this machine online?"),
                )
            return _("The host name does not exist: {host}."), _("Check the address.")
        if isinstance(link, ConnectionRefusedError):
            return (
                _("Nothing answers at {host}: the connection was refused."),
                _("Check the address."),
            )
    return None


def _of_http(chain: Sequence[BaseException]) -> tuple[str, str] | None:
    for link in chain:
        if isinstance(link, httpx2.TimeoutException | TimeoutError):
            return _("{host} takes too long to send the page."), _("Try again.")
        if isinstance(link, httpx2.ProxyError):
            return (
                _("The proxy does not forward the request to {host}."),
                _("Check HTTP_PROXY, HTTPS_PROXY and NO_PROXY."),
            )
        if isinstance(link, httpx2.DecodingError):
            return _("The page at {host} cannot be decompressed."), ""
        if isinstance(link, httpx2.RemoteProtocolError | ssl.SSLError):
            return _("{host} does not answer as a web server does."), _("Check the address.")
    return None
