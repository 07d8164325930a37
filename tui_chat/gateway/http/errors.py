"""Error responses for clients: status, code and message, without details about the endpoint."""

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
"""The line that separates an error from the text before it in responses of /api/chat."""

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
_FORWARDED: Final = frozenset({400, 402, 404, 408, 409, 413, 415, 422, 429, 502, 503, 504, 529})
"""Statuses of the endpoint that mean the same to a client. Others concern the gateway: a 401 its
key, a redirect or 407 its connection. A 500 becomes a 502, because the endpoint failed and not the
gateway."""
_FIELD_LIMIT: Final = 100
_FINAL_CODES: Final = ("upstream_refused",)
"""Errors with a status that clients retry, although a retry cannot help."""


class ErrorReply(Exception):
    """An error response, or an error inside a stream that has started.

    Its texts are part of the HTTP interface and are not translated.

    Attributes:
        status: The HTTP status, used if the response has not started.
        message: A text for users: what happened, then what to do.
        code: A stable identifier for programs.
        kind: `type` in the error object.
        param: The field of the request that caused the error, if any.
        retry_after_s: Value of the Retry-After header in seconds, if any.
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
        """Return the error in OpenAI's format."""
        error = {
            "message": self.message,
            "type": self.kind,
            "param": self.param,
            "code": self.code,
        }
        return {"error": error}

    def as_json(self) -> bytes:
        """Return the error as the body of a response."""
        return json.dumps(self.as_object()).encode()

    def as_event(self) -> bytes:
        """Return the error as an event; the leading newline ends an incomplete line before it."""
        return b"\ndata: %b\n\n" % self.as_json()

    def as_block(self) -> bytes:
        """Return the error for /api/chat: the marker line, then a fenced block of JSON."""
        text = json.dumps(self.as_object(), ensure_ascii=False, indent=2)
        return f"{BOUNDARY}\n```json\n{text}\n```\n".encode("utf-8", "replace")

    @property
    def headers(self) -> list[tuple[bytes, bytes]]:
        """Headers of the error response."""
        headers: list[tuple[bytes, bytes]] = []
        if self.status == 401:
            headers.append((b"www-authenticate", b'Bearer realm="tui-chat gateway"'))
        if self.code in _FINAL_CODES:
            headers.append((b"x-should-retry", b"false"))
        if self.retry_after_s is not None:
            headers.append((b"retry-after", str(math.ceil(self.retry_after_s)).encode()))
        return headers


def from_provider_error(error: ProviderError) -> ErrorReply:
    """Return the error response for a failure of the endpoint, whose texts are redacted already."""
    if isinstance(error, KeyRefused):
        return _of_refused_key(error)
    if isinstance(error, NoAnswer):
        return ErrorReply(504, "upstream_timeout", _sentence(error.summary))
    if isinstance(error, BadReply):
        return ErrorReply(502, "upstream_bad_reply", _sentence(error.summary))
    if error.status is None:
        return _of_answer(error)
    return _of_status(error, error.status)


def from_engine_error(error: TuiChatError) -> ErrorReply:
    """Return the error response for a local model that does not run."""
    message = f"The gateway's model is not running. {error.summary}"
    return ErrorReply(503, "model_not_running", message)


def _of_refused_key(error: ProviderError) -> ErrorReply:
    message = "The endpoint behind the gateway refused the gateway's own key."
    if error.status == 403:
        message = "The endpoint behind the gateway does not allow this."
        if error.server_message:
            message = f"{message} It said: “{error.server_message}”."
    return ErrorReply(502, "upstream_refused", f"{message} Contact the gateway's operator.")


def _of_answer(error: ProviderError) -> ErrorReply:
    """Return the error response for a failure without an HTTP status."""
    status = 502
    if isinstance(error, RateLimited):
        status = 429
    elif isinstance(error, RequestRejected):
        status = 400
    message = error.server_message or _sentence(error.summary)
    return ErrorReply(status, f"upstream_{error.kind}", message, retry_after_s=error.retry_after_s)


def _of_status(error: ProviderError, status: int) -> ErrorReply:
    """Return an error response with the endpoint's own message and codes, which programs know."""
    body = parsed_body(error.body)
    inner = body.get("error", body) if isinstance(body, dict) else None
    fields = inner if isinstance(inner, dict) else {}
    is_clear = isinstance(error, RequestRejected | RateLimited | ServerFailed)
    return ErrorReply(
        status if is_clear and status in _FORWARDED else 502,
        _field(fields, "code"),
        error.server_message or _sentence(error.summary),
        kind=_field(fields, "type") or "",
        param=_field(fields, "param"),
        retry_after_s=error.retry_after_s,
    )


def _field(fields: dict[str, Any], name: str) -> str | None:
    value = fields.get(name)
    return str(value)[:_FIELD_LIMIT] if isinstance(value, str | int) else None


def _sentence(text: str) -> str:
    """Capitalize a summary, which may start with “the endpoint” instead of a host."""
    return text[:1].upper() + text[1:]
