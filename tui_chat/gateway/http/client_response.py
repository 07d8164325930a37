"""Reads the body of a client's request and writes the response."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, Protocol

from tui_chat.gateway.http.errors import ErrorReply
from tui_chat.gateway.http.json_body import BODY_LIMIT

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import Receive, Scope, Send

    from tui_chat.gateway.http.load_limits import BodyMemory

BODY_TIMEOUT_S: Final = 30.0
"""Time limit for the body of a request, so that slow clients do not block others."""
WRITE_TIMEOUT_S: Final = 120.0
"""A client that reads nothing of a stream for this long counts as disconnected."""
CONNECTION: Final = "tui_chat.connection"
"""Key of the connection in the scope of a request."""
REQUEST_ID: Final = "tui_chat.request_id"
"""Key of the request's identifier in its scope."""
_DRAIN_TIMEOUT_S: Final = 2.0
"""Time during which the rest of a rejected body is read and dropped. A connection that is closed at
once may be reset before the client has read the error."""
_FIXED_HEADERS: Final = [
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    # A reverse proxy must not buffer streams.
    (b"x-accel-buffering", b"no"),
]
_JSON: Final = "application/json"


class _Connection(Protocol):
    is_disconnected: bool
    """The connection is closed."""

    def abort(self) -> None:
        """Close at once and discard unsent data."""

    def on_disconnect(self, callback: Callable[[], None] | None) -> None:
        """Set the callback for a disconnect."""


class ClientDisconnected(Exception):
    """The client has closed its connection, or has stopped reading."""


class ClientResponse:
    """Reads the body of a request, and writes the response.

    Attributes:
        status: The HTTP status that was sent; 0 before.
    """

    def __init__(self, scope: Scope, receive: Receive, send: Send, *, is_text: bool) -> None:
        """Create the response; nothing is read or sent yet.

        Args:
            scope: ASGI scope of the request.
            receive: ASGI receive function.
            send: ASGI send function.
            is_text: Whether to send plain text, and errors in a block after a marker.
        """
        self._connection: _Connection = scope[CONNECTION]
        self._receive = receive
        self._send = send
        self._is_text = is_text
        self.headers: dict[bytes, bytes] = dict(scope["headers"])
        self.status = 0
        self.request_id: str = scope.get(REQUEST_ID, "")
        self._has_body = scope["method"] == "POST"
        self._ends_line = True
        self._own_headers: list[tuple[bytes, bytes]] = []

    @property
    def is_disconnected(self) -> bool:
        """Return whether the client has closed its connection."""
        return self._connection.is_disconnected

    @property
    def has_begun(self) -> bool:
        """Return whether the response has started."""
        return bool(self.status)

    def check_head(self) -> None:
        """Check the headers that describe the body, before it is read.

        Raises:
            ErrorReply: The body is too long, or not JSON.
        """
        kind = self.headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
        if kind and kind != _JSON.encode() and not kind.endswith(b"+json"):
            raise ErrorReply(415, "wrong_content_type", "The body must be application/json.")
        encoding = self.headers.get(b"content-encoding", b"").strip().lower()
        if encoding not in (b"", b"identity"):
            raise ErrorReply(415, "wrong_content_encoding", "The body must not be compressed.")
        length = self.headers.get(b"content-length", b"")
        if length.isdigit() and int(length[:20]) > BODY_LIMIT:
            raise _too_large()

    async def body(self, memory: BodyMemory) -> bytes:
        """Return the body of the request; it counts as held until the memory is released.

        Raises:
            ClientDisconnected: The client disconnected.
            ErrorReply: The body is too long or too slow, or all bodies together are too long.
        """
        body = bytearray()
        try:
            async with asyncio.timeout(BODY_TIMEOUT_S):
                while self._has_body:
                    piece = await self._more()
                    memory.hold(len(piece))
                    body += piece
                    if len(body) > BODY_LIMIT:
                        raise _too_large()
        except TimeoutError:
            message = f"The body did not arrive within {BODY_TIMEOUT_S:g} s."
            raise ErrorReply(408, "body_too_slow", message) from None
        return bytes(body)

    def on_disconnect(self, callback: Callable[[], None]) -> None:
        """Set a callback for a disconnect, which runs earlier than any waiting task."""
        self._connection.on_disconnect(callback)

    async def wait_disconnected(self) -> None:
        """Wait until the client disconnects; its body must have been read."""
        while (await self._receive())["type"] != "http.disconnect":
            pass
        if not self.is_disconnected:
            # The server sends http.disconnect after a completed response too; ignore that.
            await asyncio.Event().wait()

    def add_header(self, name: str, value: str) -> None:
        """Add a header to the response."""
        self._own_headers.append((name.encode(), value.encode()))

    async def begin(self, content_type: str) -> None:
        """Send the head of a stream."""
        await self._head(200, content_type, [])

    async def write(self, data: bytes) -> None:
        """Send a part of a stream; waits while the client does not read.

        Raises:
            ClientDisconnected: The client read nothing for a long time.
        """
        if data:
            self._ends_line = data.endswith(b"\n")
            await self._sent({"type": "http.response.body", "body": data, "more_body": True})

    async def end(self) -> None:
        """End a stream."""
        await self._sent({"type": "http.response.body", "body": b"", "more_body": False})

    async def send_whole(self, content_type: str, data: bytes) -> None:
        """Send a complete response."""
        await self._head(200, content_type, [(b"content-length", str(len(data)).encode())])
        await self._sent({"type": "http.response.body", "body": data, "more_body": False})

    async def send_error(self, error: ErrorReply) -> None:
        """Send an error, inside the stream if that has started."""
        if self.has_begun:
            if self._is_text:
                await self.write((b"" if self._ends_line else b"\n") + error.as_block())
            else:
                await self.write(error.as_event())
            await self.end()
            return
        data = error.as_block() if self._is_text else error.as_json()
        headers = [*error.headers, (b"content-length", str(len(data)).encode())]
        if self._has_body:
            headers.append((b"connection", b"close"))
        kind = "text/plain; charset=utf-8" if self._is_text else _JSON
        await self._head(error.status, kind, headers)
        await self._sent({"type": "http.response.body", "body": data, "more_body": True})
        await self._drop_body()
        await self.end()

    async def _head(
        self, status: int, content_type: str, headers: list[tuple[bytes, bytes]]
    ) -> None:
        self.status = status
        kind = (b"content-type", content_type.encode())
        own = [kind, *_FIXED_HEADERS, *self._own_headers, *headers]
        await self._sent({"type": "http.response.start", "status": status, "headers": own})

    async def _sent(self, message: dict[str, Any]) -> None:
        try:
            async with asyncio.timeout(WRITE_TIMEOUT_S):
                await self._send(message)
        except TimeoutError:
            self._connection.abort()
            raise ClientDisconnected from None

    async def _more(self) -> bytes:
        message = await self._receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnected
        self._has_body = message.get("more_body", False)
        data: bytes = message.get("body", b"")
        return data

    async def _drop_body(self) -> None:
        with suppress(TimeoutError, ClientDisconnected):
            async with asyncio.timeout(_DRAIN_TIMEOUT_S):
                dropped = 0
                while self._has_body and dropped < 2 * BODY_LIMIT:
                    dropped += len(await self._more())


def _too_large() -> ErrorReply:
    limit_mb = BODY_LIMIT // 1_000_000
    message = f"The body is larger than {limit_mb} MB. Send less of the conversation."
    return ErrorReply(413, "body_too_large", message)
