"""The client's side of one request: its body, and the reply it gets."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, Protocol

from tui_chat.gateway.http.errors import ErrorReply
from tui_chat.gateway.proxy.allowed_fields import BODY_LIMIT

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import Receive, Scope, Send

BODY_PATIENCE_S: Final = 30.0
"""How long a body may take; who sends one byte a second holds a place that others want."""
SLOW_CLIENT_S: Final = 120.0
"""How long a client may take nothing of a stream, before it counts as gone."""
CONNECTION: Final = "tui_chat.connection"
"""Where in the scope of a request its connection is."""
_LINGER_S: Final = 2.0
"""How long what a refused client still sends is read and dropped. A connection that is closed at
once may be reset before the client has read why."""
_FIXED_HEADERS: Final = [
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    # A proxy in front must not collect what is meant to stream.
    (b"x-accel-buffering", b"no"),
]
_JSON: Final = "application/json"


class _Connection(Protocol):
    has_left: bool
    """Whether it is closed."""

    def abort(self) -> None:
        """Close without waiting for the client to take what was sent."""

    def when_left(self, tell: Callable[[], None] | None) -> None:
        """Tell somebody at once when the client leaves."""


class ClientDisconnected(Exception):
    """The client has closed its connection, or takes nothing any more."""


class ClientResponse:
    """Reads the body of a request, and writes the reply to it.

    Attributes:
        status: The HTTP status that was sent; 0 before.
    """

    def __init__(self, scope: Scope, receive: Receive, send: Send, *, is_text: bool) -> None:
        """Prepare; nothing is read or sent yet.

        Args:
            scope: Of the request.
            receive: Of the request.
            send: Of the request.
            is_text: Whether the client wants bare text, and errors in a block after a marker.
        """
        self._connection: _Connection = scope[CONNECTION]
        self._receive = receive
        self._send = send
        self._is_text = is_text
        self.headers: dict[bytes, bytes] = dict(scope["headers"])
        self.status = 0
        self._has_body = scope["method"] == "POST"
        self._ends_line = True

    @property
    def has_left(self) -> bool:
        """Whether the client has closed its connection."""
        return self._connection.has_left

    @property
    def has_begun(self) -> bool:
        """Whether the client has got anything."""
        return bool(self.status)

    async def body(self) -> bytes:
        """Return the body of the request.

        Raises:
            ClientDisconnected: It does not come.
            ErrorReply: It is too long, too slow, or of a type that is not JSON.
        """
        kind = self.headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
        if kind and kind != _JSON.encode() and not kind.endswith(b"+json"):
            raise ErrorReply(415, "wrong_content_type", "The body must be application/json.")
        packing = self.headers.get(b"content-encoding", b"").strip().lower()
        if packing not in (b"", b"identity"):
            raise ErrorReply(415, "wrong_content_encoding", "The body must not be packed.")
        length = self.headers.get(b"content-length", b"")
        if length.isdigit() and int(length[:20]) > BODY_LIMIT:
            raise _too_large()
        body = bytearray()
        try:
            async with asyncio.timeout(BODY_PATIENCE_S):
                while self._has_body:
                    body += await self._more()
                    if len(body) > BODY_LIMIT:
                        raise _too_large()
        except TimeoutError:
            words = f"The body did not come within {BODY_PATIENCE_S:g} s."
            raise ErrorReply(408, "body_too_slow", words) from None
        return bytes(body)

    def when_left(self, tell: Callable[[], None]) -> None:
        """Tell somebody at once when the client leaves: tasks take their time to hear of it."""
        self._connection.when_left(tell)

    async def left(self) -> None:
        """Wait until the client closes; its body must have been read."""
        while (await self._receive())["type"] != "http.disconnect":
            pass
        if not self.has_left:
            # The end of the reply is told in the same way, and is no leaving.
            await asyncio.Event().wait()

    async def begin(self, content_type: str) -> None:
        """Send the head of a stream."""
        await self._head(200, content_type, [])

    async def write(self, data: bytes) -> None:
        """Send a piece of a stream; as long as the client takes nothing, this waits.

        Raises:
            ClientDisconnected: It took nothing for a long time.
        """
        if data:
            self._ends_line = data.endswith(b"\n")
            await self._sent({"type": "http.response.body", "body": data, "more_body": True})

    async def end(self) -> None:
        """End a stream."""
        await self._sent({"type": "http.response.body", "body": b"", "more_body": False})

    async def whole(self, content_type: str, data: bytes) -> None:
        """Send all of a reply."""
        await self._head(200, content_type, [(b"content-length", str(len(data)).encode())])
        await self._sent({"type": "http.response.body", "body": data, "more_body": False})

    async def refuse(self, refusal: ErrorReply) -> None:
        """Tell the client why there is no reply, or no more of it."""
        if self.has_begun:
            if self._is_text:
                await self.write((b"" if self._ends_line else b"\n") + refusal.as_block())
            else:
                await self.write(refusal.as_event())
            await self.end()
            return
        data = refusal.as_block() if self._is_text else refusal.as_json()
        headers = [*refusal.headers, (b"content-length", str(len(data)).encode())]
        if self._has_body:
            headers.append((b"connection", b"close"))
        kind = "text/plain; charset=utf-8" if self._is_text else _JSON
        await self._head(refusal.status, kind, headers)
        await self._sent({"type": "http.response.body", "body": data, "more_body": True})
        await self._drop_body()
        await self.end()

    async def _head(
        self, status: int, content_type: str, headers: list[tuple[bytes, bytes]]
    ) -> None:
        self.status = status
        own = [(b"content-type", content_type.encode()), *_FIXED_HEADERS, *headers]
        await self._sent({"type": "http.response.start", "status": status, "headers": own})

    async def _sent(self, message: dict[str, Any]) -> None:
        try:
            async with asyncio.timeout(SLOW_CLIENT_S):
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
            async with asyncio.timeout(_LINGER_S):
                dropped = 0
                while self._has_body and dropped < 2 * BODY_LIMIT:
                    dropped += len(await self._more())


def _too_large() -> ErrorReply:
    words = f"The body is larger than {BODY_LIMIT // 1_000_000} MB. Send less of the conversation."
    return ErrorReply(413, "body_too_large", words)
