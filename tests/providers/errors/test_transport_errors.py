"""Every exception of the HTTP client and the libraries below it has a message."""

from __future__ import annotations

import asyncio
import errno
import inspect
import socket
import ssl
from typing import Any

import anyio
import httpcore2
import httpx2
import pytest

from tests.providers.wire import KEY
from tui_chat.core.errors import (
    BadReply,
    CutOff,
    KeyRefused,
    NoAnswer,
    ProviderError,
    RequestRejected,
    Unreachable,
)
from tui_chat.core.profile import Profile, Secret
from tui_chat.core.text.redact import Redactor
from tui_chat.providers.errors.transport_errors import TransportErrors, chain_of
from tui_chat.providers.http.client import FAILURES
from tui_chat.providers.retry_policy import retry_reason

_PROFILE = Profile("test", "http://api.example.com:81/v1")
_REQUEST = httpx2.Request("POST", "http://api.example.com:81/v1/chat/completions")
_RESPONSE = httpx2.Response(500, request=_REQUEST)


def _map(profile: Profile = _PROFILE) -> TransportErrors:
    return TransportErrors(profile, Redactor([Secret(KEY)]))


def _classes(*modules: Any) -> list[type[Exception]]:
    values = {
        value
        for module in modules
        for value in list(vars(module).values())
        if inspect.isclass(value)
    }
    found = {
        value for value in values if issubclass(value, Exception) and not issubclass(value, Warning)
    }
    return sorted(found, key=lambda kind: kind.__qualname__)


_HTTP = _classes(httpx2, httpx2._exceptions)
_BELOW = _classes(httpcore2, anyio)


def _made(kind: type[Exception]) -> Exception:
    """Return an instance, whatever arguments its constructor requires."""
    error = kind.__new__(kind)
    error.args = (f"about {KEY}",)
    for name, value in (("request", _REQUEST), ("response", _RESPONSE), ("body", None)):
        if not isinstance(getattr(kind, name, None), property):
            setattr(error, name, value)
    return error


def test_there_are_exceptions_to_test() -> None:
    assert len(_HTTP) >= 20


@pytest.mark.parametrize("kind", [*_HTTP, *_BELOW], ids=lambda kind: kind.__qualname__)
def test_every_exception_has_a_message(kind: type[Exception]) -> None:
    outer = httpx2.RequestError("Connection error.", request=_REQUEST)
    outer.__cause__ = _made(kind)
    for error in (_made(kind), outer):
        for failure in (_map().of(error), _map().of_break(error)):
            assert isinstance(failure, ProviderError)
            assert "api.example.com:81" in failure.message or "Check" in failure.message
            assert KEY not in failure.message
            assert failure.message.isprintable()


@pytest.mark.parametrize("kind", _HTTP, ids=lambda kind: kind.__qualname__)
def test_every_transport_exception_is_in_failures(kind: type[Exception]) -> None:
    # Raised by unused features: websockets and cookies.
    never = ("websocket", "cookie")
    name = f"{kind.__module__}.{kind.__qualname__}".lower()
    assert issubclass(kind, FAILURES) or any(word in name for word in never)


def _caused(*links: BaseException) -> Exception:
    error = httpx2.RequestError("Connection error.", request=_REQUEST)
    link: BaseException = error
    for cause in links:
        link.__cause__ = cause
        link = cause
    return error


def _certificate(expected: str) -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, expected)
    error.verify_message = expected
    return error


@pytest.mark.parametrize(
    ("cause", "kind", "expected", "is_retried"),
    [
        (ConnectionRefusedError(), Unreachable, "refused", True),
        (socket.gaierror(socket.EAI_NONAME, "x"), Unreachable, "host name does not exist", False),
        (socket.gaierror(socket.EAI_AGAIN, "x"), Unreachable, "could not be looked up", True),
        (OSError(errno.ENETUNREACH, "x"), Unreachable, "no network route to", True),
        (_certificate("certificate has expired"), Unreachable, "has expired", False),
        (_certificate("self-signed certificate"), Unreachable, "is self-signed", False),
        (_certificate("Hostname mismatch, x"), Unreachable, "another name", False),
        (_certificate("unable to get local issuer certificate"), Unreachable, "authority", False),
        (_certificate("odd"), Unreachable, "not trusted", False),
        (ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER] x"), Unreachable, "plain HTTP", False),
        (ssl.SSLError(1, "[SSL: NO_CIPHERS] x"), Unreachable, "The TLS connection", False),
        (httpx2.TooManyRedirects("x"), RequestRejected, "loop", False),
        (httpx2.UnsupportedProtocol("x"), RequestRejected, "base_url", False),
        (httpx2.LocalProtocolError("x"), KeyRefused, "cannot be sent", False),
        (httpx2.ProxyError("403 Forbidden"), Unreachable, "403 Forbidden", False),
        (httpx2.ConnectTimeout("x"), NoAnswer, "in time", False),
        (httpx2.RemoteProtocolError("Server disconnected"), Unreachable, "closed", True),
        (httpx2.RemoteProtocolError("illegal request line"), Unreachable, "HTTPS", False),
        (httpx2.RemoteProtocolError("illegal status line"), BadReply, "does not speak HTTP", False),
        (httpx2.DecodingError("x"), BadReply, "decompressed", False),
        (httpx2.ReadError("x"), Unreachable, "broke the connection", True),
        (ConnectionResetError(), Unreachable, "broke the connection", True),
        (ValueError("odd"), Unreachable, "odd", True),
    ],
)
def test_each_cause_has_its_own_message(
    cause: Exception, kind: type[ProviderError], expected: str, is_retried: bool
) -> None:
    for error in (_caused(cause), _caused(httpx2.ConnectError("x"), cause)):
        if isinstance(cause, httpx2.HTTPError | ValueError) and error.__cause__ is not cause:
            continue
        failure = _map().of(error)
        assert type(failure) is kind
        assert expected in failure.message
        assert failure.retryable is is_retried


@pytest.mark.parametrize(
    ("cause", "label"),
    [
        (ConnectionRefusedError(), "connection refused"),
        (socket.gaierror(socket.EAI_AGAIN, "x"), "name lookup failed"),
        (OSError(errno.EHOSTUNREACH, "x"), "no network route"),
        (OSError(errno.ENETDOWN, "x"), "no network route"),
        (httpx2.RemoteProtocolError("Server disconnected"), "closed without an answer"),
        (httpx2.ReadError("x"), "connection broken"),
        (httpx2.WriteError("x"), "connection broken"),
        (ConnectionResetError(), "connection broken"),
        (BrokenPipeError(), "connection broken"),
        (ValueError(f"odd\x1b[31m {KEY} " * 20), "odd␛[31m"),
    ],
)
def test_a_countdown_names_the_cause(cause: Exception, label: str) -> None:
    failure = _map().of(_caused(cause))

    assert failure.retryable
    assert retry_reason(failure).startswith(label)
    assert len(retry_reason(failure)) <= 40
    assert KEY[:8] not in retry_reason(failure)


def test_members_of_exception_groups_are_found() -> None:
    group = ExceptionGroup("both", [ConnectionRefusedError(), ConnectionRefusedError()])
    assert "refused" in _map().of(_caused(OSError("all failed"), group)).message


def test_a_cycle_of_causes_ends() -> None:
    one, two = ValueError("one"), ValueError("two")
    one.__cause__, two.__cause__ = two, one
    assert list(chain_of(one)) == [one, two]


def test_the_proxy_is_named_without_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://me:hunter2@proxy.example.com:3128")
    failure = _map().of(_caused(ConnectionRefusedError()))
    assert "proxy.example.com:3128" in failure.message
    assert "hunter2" not in failure.message


def test_a_lost_connection_is_a_cut_off_reply() -> None:
    assert isinstance(_map().of_break(asyncio.IncompleteReadError(b"", 1)), CutOff)
