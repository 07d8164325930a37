"""Translates exceptions of the transport into errors with a message for the user."""

from __future__ import annotations

import errno
import socket
import ssl
from typing import TYPE_CHECKING, Final

import httpx2

from tui_chat.config.proxy_choice import proxy_for
from tui_chat.core.errors import (
    BadReply,
    CutOff,
    KeyRefused,
    NoAnswer,
    ProviderError,
    RequestRejected,
    Unreachable,
)
from tui_chat.core.labels import N_, _
from tui_chat.core.profile import host_and_port
from tui_chat.core.text.sanitize import sanitize_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tui_chat.core.profile import Profile
    from tui_chat.core.text.redact import Redactor

_UNREACHABLE: Final = frozenset(
    {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EHOSTDOWN, errno.EADDRNOTAVAIL}
)
_CERTIFICATE_ERRORS: Final = (
    ("expired", N_("The certificate of {host} has expired.")),
    ("self-signed", N_("The certificate of {host} is self-signed.")),
    ("self signed", N_("The certificate of {host} is self-signed.")),
    ("ostname mismatch", N_("The certificate of {host} is for another name.")),
    ("IP address mismatch", N_("The certificate of {host} is for another address.")),
    ("not yet valid", N_("The certificate of {host} is not valid yet.")),
    (
        "unable to get local issuer",
        N_("The certificate of {host} is signed by an authority unknown to this machine."),
    ),
)
_LABEL_CHARACTERS: Final = 40
"""Length of a reason in the status line."""
_PLAIN_HTTP: Final = ("WRONG_VERSION_NUMBER", "RECORD_LAYER", "HTTP_REQUEST", "UNEXPECTED_MESSAGE")


class TransportErrors:
    """Translates exceptions of one profile's transport, and redacts its key in them."""

    def __init__(self, profile: Profile, masker: Redactor) -> None:
        self._url = profile.base_url
        self._host = masker(profile.host) or _("the endpoint")
        self._masker = masker

    def of(self, error: BaseException) -> ProviderError:
        """Return the error for an exception before any content arrived."""
        chain = list(chain_of(error))
        for translate in (self._of_tls, self._of_request, self._of_address, self._of_http):
            for link in chain:
                failure = translate(link)
                if failure is not None:
                    return failure
        summary, reason = _("The request to {host} failed: {reason}."), self._reason(chain[-1])
        summary = summary.format(host=self._host, reason=reason)
        return self._retryable(summary, _("Try again."), sanitize_line(reason, _LABEL_CHARACTERS))

    def of_break(self, error: BaseException) -> ProviderError:
        """Return the error for a connection that broke in the middle of a response."""
        summary = _("The connection to {host} was lost in the middle of the answer.")
        if any(isinstance(link, httpx2.DecodingError) for link in chain_of(error)):
            summary = _("The rest of the answer from {host} could not be decompressed.")
        return CutOff(summary.format(host=self._host), _("Ask again."), host=self._host)

    def _of_tls(self, error: BaseException) -> ProviderError | None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return self._not_retryable(
                certificate_error(error).format(host=self._host),
                _certificate_hint(error),
            )
        if isinstance(error, ssl.SSLError) and any(mark in str(error) for mark in _PLAIN_HTTP):
            summary = _("{host} speaks plain HTTP, but base_url says https.")
            return self._not_retryable(
                summary.format(host=self._host), _("Write http:// in base_url.")
            )
        if isinstance(error, ssl.SSLError):
            summary = _("The TLS connection to {host} failed: {reason}.")
            summary = summary.format(host=self._host, reason=self._reason(error))
            return self._not_retryable(summary, _("Check base_url."))
        return None

    def _of_request(self, error: BaseException) -> ProviderError | None:
        if isinstance(error, httpx2.TooManyRedirects):
            summary = _("{host} redirects in a loop.").format(host=self._host)
            return RequestRejected(summary, _("Check base_url."), host=self._host)
        if isinstance(error, httpx2.UnsupportedProtocol | httpx2.InvalidURL):
            summary = _("base_url cannot be used: {reason}.").format(reason=self._reason(error))
            return RequestRejected(summary, _("Check base_url."))
        if isinstance(error, httpx2.LocalProtocolError | UnicodeEncodeError):
            return KeyRefused(
                _("The key or a header contains a character that cannot be sent."),
                _("Check the key and the headers of the profile."),
                host=self._host,
            )
        if isinstance(error, httpx2.ProxyError):
            summary = _("The proxy rejected the request to {host}: {reason}.")
            return self._not_retryable(
                summary.format(host=self._host, reason=self._reason(error)),
                _("Check HTTP_PROXY, HTTPS_PROXY and NO_PROXY."),
            )
        return None

    def _of_address(self, error: BaseException) -> ProviderError | None:
        host = self._host_and_proxy()
        if isinstance(error, socket.gaierror):
            if error.errno == socket.EAI_AGAIN and host == self._host:
                summary = _("The name of {host} could not be looked up.").format(host=host)
                return self._retryable(
                    summary, _("Is this machine online?"), _("name lookup failed")
                )
            summary = _("The host name does not exist: {host}.").format(host=host)
            return self._not_retryable(summary, _("Check base_url."))
        if isinstance(error, ConnectionRefusedError):
            summary = _("Nothing answers at {host}: the connection was refused.").format(host=host)
            hint = _("Is the server running there?")
            return self._retryable(summary, hint, _("connection refused"))
        if isinstance(error, OSError) and error.errno in _UNREACHABLE:
            summary = _("There is no network route to {host}.").format(host=host)
            return self._retryable(summary, _("Is this machine online?"), _("no network route"))
        return None

    def _of_http(self, error: BaseException) -> ProviderError | None:
        if isinstance(error, httpx2.ConnectTimeout | TimeoutError):
            summary = _("{host} did not accept a connection in time.").format(host=self._host)
            return NoAnswer(summary, _("Try again."), host=self._host)
        if isinstance(error, httpx2.RemoteProtocolError):
            return self._of_protocol(str(error))
        if isinstance(error, httpx2.DecodingError):
            summary = _("The answer from {host} cannot be decompressed.").format(host=self._host)
            return BadReply(summary, _("Check base_url."), host=self._host)
        if isinstance(error, httpx2.NetworkError | ConnectionError):
            summary = _("{host} broke the connection before it answered.")
            summary = summary.format(host=self._host_and_proxy())
            return self._retryable(summary, _("Try again."), _("connection broken"))
        return None

    def _of_protocol(self, message: str) -> ProviderError:
        is_plain = self._url.startswith("http:")
        if is_plain and "illegal request line" in message:
            # The response begins with a control character: nearly always a TLS alert.
            summary = _("{host} does not speak plain HTTP; it probably expects HTTPS.")
            return self._not_retryable(
                summary.format(host=self._host), _("Write https:// in base_url.")
            )
        if "disconnected" in message or "closed" in message:
            summary = _("{host} closed the connection without an answer.")
            summary = summary.format(host=self._host_and_proxy())
            hint = _("Try again.")
            if is_plain:
                hint = _("Try again. If it expects HTTPS, write https:// in base_url.")
            return self._retryable(summary, hint, _("closed without an answer"))
        summary = _("{host} does not speak HTTP.").format(host=self._host)
        return BadReply(summary, _("Check host and port in base_url."), host=self._host)

    def _retryable(self, summary: str, hint: str, label: str) -> ProviderError:
        return Unreachable(summary, hint, host=self._host, retry_label=label)

    def _not_retryable(self, summary: str, hint: str) -> ProviderError:
        failure = Unreachable(summary, hint, host=self._host)
        failure.retryable = False
        return failure

    def _host_and_proxy(self) -> str:
        proxy = proxy_for(self._url)
        if proxy is None:
            return self._host
        proxy = sanitize_line(self._masker(host_and_port(proxy)), 60)
        return _("{host} (through the proxy {proxy})").format(host=self._host, proxy=proxy)

    def _reason(self, error: BaseException) -> str:
        return sanitize_line(self._masker(str(error) or type(error).__name__), 200).rstrip(".")


def chain_of(error: BaseException) -> Iterator[BaseException]:
    """Yield an exception, its causes and contexts, and the members of exception groups."""
    seen: set[int] = set()
    waiting: list[BaseException] = [error]
    while waiting:
        link = waiting.pop(0)
        if id(link) in seen:
            continue
        seen.add(id(link))
        yield link
        if isinstance(link, BaseExceptionGroup):
            waiting.extend(link.exceptions)
        waiting.extend(cause for cause in (link.__cause__, link.__context__) if cause)


def _certificate_hint(error: ssl.SSLCertVerificationError) -> str:
    reason = f"{getattr(error, 'verify_message', '')} {error}"
    if "expired" in reason or "not yet valid" in reason:
        return _("Check the clock of this machine; otherwise its operator must renew it.")
    if "mismatch" in reason:
        return _("Check the host in base_url.")
    return _("For an authority of your own, or a proxy that inspects TLS, set ca_file.")


def certificate_error(error: ssl.SSLCertVerificationError) -> str:
    """Return the message for a certificate that is not trusted, with a place for {host}."""
    reason = f"{getattr(error, 'verify_message', '')} {error}"
    for mark, text in _CERTIFICATE_ERRORS:
        if mark in reason:
            return _(text)
    return _("The certificate of {host} is not trusted.")
