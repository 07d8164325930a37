"""Why no HTTP answer came, or why it broke off: exceptions of the transport as words."""

from __future__ import annotations

import errno
import socket
import ssl
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx2

from tui_chat.core.errors import (
    BadReply,
    CutOff,
    KeyRefused,
    NoAnswer,
    ProviderError,
    RequestRejected,
    Unreachable,
)
from tui_chat.core.profile import host_and_port
from tui_chat.core.text.sanitize import sanitize_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tui_chat.core.profile import Profile
    from tui_chat.core.text.redact import Redactor

_UNREACHABLE: Final = frozenset(
    {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EHOSTDOWN, errno.EADDRNOTAVAIL}
)
_CERTIFICATE_WORDS: Final = (
    ("expired", "has expired"),
    ("self-signed", "is self-signed"),
    ("self signed", "is self-signed"),
    ("ostname mismatch", "is for another name"),
    ("IP address mismatch", "is for another address"),
    ("not yet valid", "is not valid yet"),
    ("unable to get local issuer", "is signed by an authority this machine does not know"),
)
_PLAIN_HTTP: Final = ("WRONG_VERSION_NUMBER", "RECORD_LAYER", "HTTP_REQUEST", "UNEXPECTED_MESSAGE")


class TransportErrors:
    """Translates for one profile, whose key it masks."""

    def __init__(self, profile: Profile, masker: Redactor) -> None:
        self._url = profile.base_url
        self._host = masker(profile.host) or "the endpoint"
        self._masker = masker

    def of(self, error: BaseException) -> ProviderError:
        """Return the failure that an exception means, before anything of the answer came."""
        chain = list(chain_of(error))
        for translate in (self._of_tls, self._of_request, self._of_address, self._of_http):
            for link in chain:
                failure = translate(link)
                if failure is not None:
                    return failure
        what = f"The request to {self._host} failed: {self._words(chain[-1])}."
        return Unreachable(what, "Try again.", host=self._host)

    def of_break(self, error: BaseException) -> ProviderError:
        """Return the failure of a connection that broke within the answer."""
        for link in chain_of(error):
            if isinstance(link, httpx2.DecodingError):
                what = f"The answer of {self._host} could not be unpacked any further."
                return CutOff(what, "Ask again.", host=self._host)
        what = f"The connection to {self._host} broke within the answer."
        return CutOff(what, "Ask again.", host=self._host)

    def _of_tls(self, error: BaseException) -> ProviderError | None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return self._fixed(
                f"The certificate of {self._host} {_certificate_words(error)}.",
                "Check base_url; for an authority of your own set ca_file in the profile.",
            )
        if isinstance(error, ssl.SSLError) and any(mark in str(error) for mark in _PLAIN_HTTP):
            return self._fixed(
                f"{self._host} speaks plain HTTP, and base_url says https.",
                "Write http:// in base_url.",
            )
        if isinstance(error, ssl.SSLError):
            return self._fixed(
                f"No encrypted connection with {self._host} was possible: {self._words(error)}.",
                "Check base_url.",
            )
        return None

    def _of_request(self, error: BaseException) -> ProviderError | None:
        if isinstance(error, httpx2.TooManyRedirects):
            return RequestRejected(
                f"{self._host} redirects in a circle.", "Check base_url.", host=self._host
            )
        if isinstance(error, httpx2.UnsupportedProtocol | httpx2.InvalidURL):
            return RequestRejected(
                f"base_url cannot be asked: {self._words(error)}.", "Check base_url."
            )
        if isinstance(error, httpx2.LocalProtocolError | UnicodeEncodeError):
            return KeyRefused(
                "The key or a header holds a character that cannot be sent.",
                "Check the key and the headers of the profile.",
                host=self._host,
            )
        if isinstance(error, httpx2.ProxyError):
            return self._fixed(
                f"The proxy did not let the request to {self._host} through: {self._words(error)}.",
                "Check HTTP_PROXY, HTTPS_PROXY and NO_PROXY.",
            )
        return None

    def _of_address(self, error: BaseException) -> ProviderError | None:
        through = self._through_proxy()
        if isinstance(error, socket.gaierror):
            if error.errno == socket.EAI_AGAIN and not through:
                what = f"The name of {self._host} could not be looked up."
                return Unreachable(what, "Is this machine online?", host=self._host)
            return self._fixed(
                f"There is no machine of the name {self._host}{through}.", "Check base_url."
            )
        if isinstance(error, ConnectionRefusedError):
            what = f"Nothing answers at {self._host}{through}: the connection was refused."
            return Unreachable(what, "Is the server running there?", host=self._host)
        if isinstance(error, OSError) and error.errno in _UNREACHABLE:
            what = f"There is no way to {self._host}{through} from here."
            return Unreachable(what, "Is this machine online?", host=self._host)
        return None

    def _of_http(self, error: BaseException) -> ProviderError | None:
        if isinstance(error, httpx2.ConnectTimeout | TimeoutError):
            what = f"{self._host} did not accept a connection in time."
            return NoAnswer(what, "Try again.", host=self._host)
        if isinstance(error, httpx2.RemoteProtocolError):
            return self._of_protocol(str(error))
        if isinstance(error, httpx2.DecodingError):
            what = f"The answer of {self._host} cannot be unpacked."
            return BadReply(what, "Check base_url.", host=self._host)
        if isinstance(error, httpx2.NetworkError | ConnectionError):
            what = f"{self._host}{self._through_proxy()} broke the connection before it answered."
            return Unreachable(what, "Try again.", host=self._host)
        return None

    def _of_protocol(self, words: str) -> ProviderError:
        is_plain = self._url.startswith("http:")
        if is_plain and "illegal request line" in words:
            # What begins with a control character: nearly always a TLS alert.
            return self._fixed(
                f"{self._host} does not speak plain HTTP; most likely it wants HTTPS.",
                "Write https:// in base_url.",
            )
        if "disconnected" in words or "closed" in words:
            what = f"{self._host}{self._through_proxy()} closed the connection without an answer."
            hint = " If it wants HTTPS, write https:// in base_url." if is_plain else ""
            return Unreachable(what, f"Try again.{hint}", host=self._host)
        what = f"What {self._host} sends is not HTTP."
        return BadReply(what, "Check host and port in base_url.", host=self._host)

    def _fixed(self, what: str, todo: str) -> ProviderError:
        """Return a failure that the same request would meet again."""
        failure = Unreachable(what, todo, host=self._host)
        failure.retryable = False
        return failure

    def _through_proxy(self) -> str:
        parts = urlsplit(self._url)
        proxy = getproxies().get(parts.scheme) or getproxies().get("all")
        if not proxy or not parts.hostname or proxy_bypass(parts.hostname):
            return ""
        return f" (through the proxy {sanitize_line(self._masker(host_and_port(proxy)), 60)})"

    def _words(self, error: BaseException) -> str:
        return sanitize_line(self._masker(str(error) or type(error).__name__), 200).rstrip(".")


def chain_of(error: BaseException) -> Iterator[BaseException]:
    """Yield an exception and what caused it, members of groups too."""
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


def _certificate_words(error: ssl.SSLCertVerificationError) -> str:
    words = f"{getattr(error, 'verify_message', '')} {error}"
    for mark, meaning in _CERTIFICATE_WORDS:
        if mark in words:
            return meaning
    return "is not trusted"
