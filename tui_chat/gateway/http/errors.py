"""What a client is told when it gets no answer: a status, words, and nothing about the endpoint."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any, Final

from tui_chat.core.errors import (
    BadReply,
    KeyRefused,
    NoAnswer,
    ProviderError,
    RateLimited,
    RequestRejected,
    ServerFailed,
)
from tui_chat.providers.errors.server_message import parsed_body

if TYPE_CHECKING:
    from tui_chat.core.errors import TuiChatError

BOUNDARY: Final = "ERROR_MESSAGE_BOUNDARY"
"""The line that tells a client of /api/chat where its answer ends and an error begins."""

_TYPES: Final = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    405: "invalid_request_error",
    408: "invalid_request_error",
    413: "invalid_request_error",
    415: "invalid_request_error",
    429: "rate_limit_error",
}
_PASSED: Final = frozenset({400, 402, 404, 408, 409, 413, 415, 422, 429, 502, 503, 504, 529})
"""The endpoint's statuses that mean the same to a client. Its 401 is about the gateway's key, and a
redirect or a 407 about the gateway's way there: a client can do nothing about these. A 500 is a
mistake of whoever answers, and the gateway has made none: it becomes a 502."""
_FIELD_LIMIT: Final = 100


class ErrorReply(Exception):
    """A request gets no answer, or no whole one.

    Attributes:
        status: The HTTP status, if nothing was sent yet.
        message: What happened and what to do, for a person.
        code: A stable word for programs.
        kind: `type` in the error object.
        param: Which field of the request is meant; None if none.
        retry_after_s: When it may work again, in seconds.
    """

    def __init__(
        self,
        status: int,
        code: str | None,
        message: str,
        *,
        kind: str = "",
        param: str | None = None,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.kind = kind or _TYPES.get(status, "server_error" if status >= 500 else "error")
        self.param = param
        self.retry_after_s = retry_after_s

    def as_object(self) -> dict[str, Any]:
        """Return it in the shape that OpenAI gives to errors."""
        error = {
            "message": self.message,
            "type": self.kind,
            "param": self.param,
            "code": self.code,
        }
        return {"error": error}

    def as_json(self) -> bytes:
        """Return it as a body."""
        return json.dumps(self.as_object()).encode()

    def as_event(self) -> bytes:
        """Return it as an event for a stream that has begun, wherever in an event that stands."""
        return b"\ndata: %b\n\n" % self.as_json()

    def as_block(self) -> bytes:
        """Return it for /api/chat: the marker line, then a fenced block of JSON."""
        text = json.dumps(self.as_object(), ensure_ascii=False, indent=2)
        return f"{BOUNDARY}\n```json\n{text}\n```\n".encode("utf-8", "replace")

    @property
    def headers(self) -> list[tuple[bytes, bytes]]:
        """The headers that belong to it."""
        headers: list[tuple[bytes, bytes]] = []
        if self.status == 401:
            headers.append((b"www-authenticate", b'Bearer realm="tui-chat gateway"'))
        if self.retry_after_s is not None:
            headers.append((b"retry-after", str(math.ceil(self.retry_after_s)).encode()))
        return headers


def of_provider(error: ProviderError) -> ErrorReply:
    """Return what a client is told of a failure at the endpoint; its words are masked already."""
    if isinstance(error, KeyRefused):
        return _of_refused_key(error)
    if isinstance(error, NoAnswer):
        return ErrorReply(504, "upstream_timeout", _sentence(error.summary))
    if isinstance(error, BadReply):
        return ErrorReply(502, "upstream_bad_reply", _sentence(error.summary))
    if error.status is None:
        return _of_answer(error)
    return _of_status(error, error.status)


def of_engine(error: TuiChatError) -> ErrorReply:
    """Return what a client is told when the gateway itself cannot ask."""
    return ErrorReply(
        503, "model_not_running", f"The gateway's model does not run. {error.summary}"
    )


def _of_refused_key(error: ProviderError) -> ErrorReply:
    what = "The endpoint behind the gateway refused the gateway's own key."
    if error.status == 403:
        what = "The endpoint behind the gateway does not allow this."
        if error.server_message:
            what = f"{what} It said: “{error.server_message}”."
    return ErrorReply(502, "upstream_refused", f"{what} Tell whoever runs the gateway.")


def _of_answer(error: ProviderError) -> ErrorReply:
    """Return a refusal for a failure that no HTTP status tells."""
    status = 502
    if isinstance(error, RateLimited):
        status = 429
    elif isinstance(error, RequestRejected):
        status = 400
    words = error.server_message or _sentence(error.summary)
    return ErrorReply(status, f"upstream_{error.kind}", words, retry_after_s=error.retry_after_s)


def _of_status(error: ProviderError, status: int) -> ErrorReply:
    """Return a refusal with the endpoint's own words and codes: programs know these."""
    body = parsed_body(error.body)
    inner = body.get("error", body) if isinstance(body, dict) else None
    told = inner if isinstance(inner, dict) else {}
    is_clear = isinstance(error, RequestRejected | RateLimited | ServerFailed)
    return ErrorReply(
        status if is_clear and status in _PASSED else 502,
        _field(told, "code"),
        error.server_message or _sentence(error.summary),
        kind=_field(told, "type") or "",
        param=_field(told, "param"),
        retry_after_s=error.retry_after_s,
    )


def _field(told: dict[str, Any], name: str) -> str | None:
    value = told.get(name)
    return str(value)[:_FIELD_LIMIT] if isinstance(value, str | int) else None


def _sentence(what: str) -> str:
    """Return words as a sentence: they may begin with “the endpoint” in place of a name."""
    return what[:1].upper() + what[1:]
