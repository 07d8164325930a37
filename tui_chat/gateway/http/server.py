"""The web server: limits for slow, large and invalid requests, and graceful shutdown."""

from __future__ import annotations

import asyncio
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from tui_chat.core.labels import _
from tui_chat.gateway.http.client_response import CONNECTION
from tui_chat.gateway.http.errors import ErrorReply
from tui_chat.gateway.http.framing import HEAD_LIMIT, check_headers, make_strict

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator

    from starlette.types import ASGIApp, Receive, Scope, Send
    from uvicorn.protocols.http.h11_impl import RequestResponseCycle

    from tui_chat.gateway.http.load_limits import LoadLimits


HEAD_TIMEOUT_S: Final = 15.0
"""Time limit for the head of a request."""
KEEP_ALIVE_S: Final = 30
"""Idle time after which a keep-alive connection is closed."""
_STOPPED_WAIT_S: Final = 2.0
_FORCED_S: Final = 10
"""Time after the grace period in which the last responses can send their error."""


class Connection(H11Protocol):
    """A client's connection, with a timeout for heads and JSON errors."""

    def __init__(self, *args: Any, load: LoadLimits, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        make_strict(self.conn)
        self._app = self.app
        self.app = self._with_connection
        self._load = load
        self._address = ""
        self._head_timeout: asyncio.TimerHandle | None = None
        self._disconnect_callback: Callable[[], None] | None = None
        self.is_disconnected = False

    def abort(self) -> None:
        """Close at once and discard unsent data."""
        self.transport.abort()

    def on_disconnect(self, callback: Callable[[], None] | None) -> None:
        """Set the callback for a disconnect during the current request."""
        self._disconnect_callback = callback

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the timeout for the first head."""
        super().connection_made(transport)
        self._address = self.client[0] if self.client else ""
        if not self._load.connected(self._address):
            self.abort()
            return
        self._await_head()

    def data_received(self, data: bytes) -> None:
        """Receive data; start the timeout for the head of a further request."""
        super().data_received(data)
        cycle: RequestResponseCycle | None = self.cycle
        if cycle is None or cycle.response_complete:
            self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Run the disconnect callback before any task runs again."""
        self._cancel_timeout()
        self._load.disconnected(self._address)
        self.is_disconnected = True
        if self._disconnect_callback is not None:
            self._disconnect_callback()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """Respond to data that is not HTTP."""
        self._cancel_timeout()
        message = f"This is not an HTTP request, or its head is longer than {HEAD_LIMIT} bytes."
        data = ErrorReply(400, "invalid_request", message).as_json()
        head = (
            "HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(data)}\r\nConnection: close\r\n\r\n"
        )
        self.transport.write(head.encode() + data)
        self.transport.close()

    async def _with_connection(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._cancel_timeout()
        try:
            check_headers(scope["headers"])
        except ErrorReply as error:
            await _refuse(error, send)
            return
        scope[CONNECTION] = self
        try:
            await self._app(scope, receive, send)
        finally:
            self.on_disconnect(None)

    def _await_head(self) -> None:
        if self._head_timeout is None and not self.transport.is_closing():
            self._head_timeout = self.loop.call_later(HEAD_TIMEOUT_S, self.abort)

    def _cancel_timeout(self) -> None:
        if self._head_timeout is not None:
            self._head_timeout.cancel()
            self._head_timeout = None


async def _refuse(error: ErrorReply, send: Send) -> None:
    """Send an error and close the connection, whose next bytes cannot be trusted."""
    data = error.as_json()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(data)).encode()),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": error.status, "headers": headers})
    await send({"type": "http.response.body", "body": data, "more_body": False})


class ShutdownFlag:
    """Starts with a stop signal, and is over after the grace period.

    Attributes:
        has_begun: Whether new requests are rejected.
        over: Set when running requests must end.
    """

    def __init__(self) -> None:
        self.has_begun = False
        self.over = asyncio.Event()

    def begin(self, grace_s: float) -> None:
        """Reject new requests; let running ones continue for some seconds."""
        if not self.has_begun:
            self.has_begun = True
            asyncio.get_running_loop().call_later(grace_s, self.over.set)


class Server(uvicorn.Server):
    """Stops at SIGINT or SIGTERM after a grace period for running requests; at once at a second."""

    def __init__(
        self,
        config: uvicorn.Config,
        stopping: ShutdownFlag,
        grace_s: float,
        show_message: Callable[[str], None],
        load: LoadLimits,
    ) -> None:
        super().__init__(config)
        self._load = load
        self._stopping = stopping
        self._grace_s = grace_s
        self._show_message = show_message

    async def wait_ended(self) -> None:
        """Wait briefly until the tasks of the stopped requests have ended."""
        if self.server_state.tasks:
            await asyncio.wait(self.server_state.tasks, timeout=_STOPPED_WAIT_S)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen; unlike uvicorn, limit the time for a TLS handshake like that for a head."""
        config = self.config

        def make_protocol() -> asyncio.Protocol:
            return Connection(
                config=config, server_state=self.server_state, app_state={}, load=self._load
            )

        loop = asyncio.get_running_loop()
        self.servers = [
            await loop.create_server(
                make_protocol,
                sock=listener,
                ssl=config.ssl,
                backlog=config.backlog,
                ssl_handshake_timeout=HEAD_TIMEOUT_S if config.ssl else None,
            )
            for listener in sockets or ()
        ]
        self.started = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Wait for running requests, then stop those that have not ended."""
        running = len(self.server_state.tasks)
        if running:
            message = _(
                "Stopping within {seconds:g} s; running requests: {count}. Ctrl+C stops them at "
                "once."
            )
            self._show_message(message.format(seconds=self._grace_s, count=running))
        self._stopping.begin(self._grace_s)
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Handle stop signals; unlike uvicorn, do not raise them again after the shutdown."""
        loop = asyncio.get_running_loop()
        numbers = (signal.SIGINT, signal.SIGTERM)
        for number in numbers:
            loop.add_signal_handler(number, self.handle_exit, number, None)
        try:
            yield
        finally:
            for number in numbers:
                loop.remove_signal_handler(number)

    def handle_exit(self, sig: int, frame: Any) -> None:
        """Start the shutdown; the second time, stop at once."""
        if self.should_exit:
            self.force_exit = True
            self._stopping.over.set()
        self.should_exit = True


def make_server(
    app: ASGIApp,
    stopping: ShutdownFlag,
    *,
    grace_s: float,
    load: LoadLimits,
    show_message: Callable[[str], None] = lambda _: None,
    tls_cert: str | None = None,
    tls_key: str | None = None,
) -> Server:
    """Return a server for an application.

    Args:
        app: The ASGI application.
        stopping: Set when the server shuts down.
        grace_s: Time for running requests during the shutdown, in seconds.
        load: Counts the connections.
        show_message: Shows a message to the operator.
        tls_cert: Certificate file; None for plain HTTP.
        tls_key: Key file of the certificate.
    """
    config = uvicorn.Config(
        app,
        # Not "auto": only this parser limits the head.
        http=Connection,
        ws="none",
        loop="asyncio",
        lifespan="off",
        interface="asgi3",
        h11_max_incomplete_event_size=HEAD_LIMIT,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=round(grace_s) + _FORCED_S,
        # Keep the program's own log configuration, which redacts.
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        ssl_certfile=tls_cert,
        ssl_keyfile=tls_key,
    )
    return Server(config, stopping, grace_s, show_message, load)
