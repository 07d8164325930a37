"""Every error message of an endpoint is looked up in the catalog of translations."""

from __future__ import annotations

import errno
import socket
import ssl
from typing import TYPE_CHECKING

import httpx2
import pytest

from tests.catalogs import bracketed_texts, untranslated
from tui_chat.core.errors import RateLimited, ServerFailed, Unreachable
from tui_chat.core.profile import Profile
from tui_chat.core.text.redact import Redactor
from tui_chat.core.tools.events import RequestedCall
from tui_chat.providers.errors.http_errors import HttpErrors
from tui_chat.providers.errors.transport_errors import TransportErrors
from tui_chat.providers.retry_policy import retry_reason
from tui_chat.providers.stream.reply_parser import Ending
from tui_chat.providers.timeouts import ReplyTimeouts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tui_chat.core.errors import ProviderError

_PROFILE = Profile(name="p", base_url="http://api.example.com/v1")
_BODIES = ("", "model not found", "context length exceeded", "insufficient quota", "temperature")
_STATUSES = (301, 400, 401, 402, 403, 404, 405, 407, 408, 413, 422, 429, 500, 501, 503)
_ENDINGS = (
    Ending(None),
    Ending("stop"),
    Ending("length"),
    Ending("content_filter"),
    Ending("error"),
    Ending(None, has_text=True),
    Ending("stop", has_reasoning=True),
    Ending("tool_calls", calls=(RequestedCall("f", "{}"),)),
    Ending(None, is_too_long=True),
    Ending(None, head=b"<html>log in</html>"),
    Ending(None, head=b"x"),
    Ending(None, head=b"data: x", broken_lines=1),
    Ending(None, error={"message": "x"}, has_text=True),
)
_CAUSES = (
    ssl.SSLCertVerificationError(1, "certificate has expired"),
    ssl.SSLError(1, "WRONG_VERSION_NUMBER"),
    ssl.SSLError(1, "NO_CIPHERS"),
    httpx2.TooManyRedirects("x"),
    httpx2.InvalidURL("x"),
    httpx2.LocalProtocolError("x"),
    httpx2.ProxyError("x"),
    socket.gaierror(socket.EAI_AGAIN, "x"),
    socket.gaierror(socket.EAI_NONAME, "x"),
    ConnectionRefusedError(),
    OSError(errno.ENETUNREACH, "x"),
    httpx2.ConnectTimeout("x"),
    httpx2.RemoteProtocolError("illegal request line"),
    httpx2.RemoteProtocolError("disconnected"),
    httpx2.RemoteProtocolError("x"),
    httpx2.DecodingError("x"),
    httpx2.ReadError("x"),
    RuntimeError("x"),
)


@pytest.fixture(autouse=True)
def bracketed() -> Iterator[None]:
    with bracketed_texts():
        yield


def _assert_translated(error: ProviderError) -> None:
    assert (untranslated(error.summary), untranslated(error.hint)) == ("", "")


@pytest.mark.parametrize("body", _BODIES)
@pytest.mark.parametrize("status", _STATUSES)
def test_http_errors_are_translated(status: int, body: str) -> None:
    errors = HttpErrors(_PROFILE, Redactor())
    for headers in ({}, {"retry-after": "20"}, {"retry-after": "9000"}):
        _assert_translated(errors.of_status(status, headers, body))


@pytest.mark.parametrize("ending", _ENDINGS)
def test_errors_of_endings_are_translated(ending: Ending) -> None:
    error = HttpErrors(_PROFILE, Redactor()).of_ending(ending)
    assert error is not None
    _assert_translated(error)


@pytest.mark.parametrize("cause", _CAUSES, ids=repr)
def test_transport_errors_are_translated(cause: Exception) -> None:
    errors = TransportErrors(_PROFILE, Redactor())
    _assert_translated(errors.of(cause))
    _assert_translated(errors.of_break(cause))


async def test_timeouts_are_translated() -> None:
    timeouts = ReplyTimeouts(_PROFILE)
    _assert_translated(timeouts.connect_expired())
    _assert_translated(timeouts.expired())
    timeouts.content()
    _assert_translated(timeouts.expired())


def test_retry_reasons_are_translated() -> None:
    for error in (RateLimited("x"), ServerFailed("x", status=500), Unreachable("x")):
        assert retry_reason(error).startswith("⟦")
