"""The web server: its limits for clients that are slow, large or wrong, and its end."""

from __future__ import annotations

import asyncio
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from tui_chat.gateway.http.client_response import CONNECTION
from tui_chat.gateway.http.errors import ErrorReply

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator

    from starlette.types import ASGIApp, Receive, Scope, Send
    from uvicorn.protocols.http.h11_impl import RequestResponseCycle

    from tui_chat.gateway.http.shutdown import ShutdownFlag

HEAD_LIMIT: Final = 32_768
"""How long the head of a request may be in bytes."""
HEAD_PATIENCE_S: Final = 15.0
"""How long a new connection may take to send its first head."""
KEEP_ALIVE_S: Final = 30
"""How long a connection may wait for its next request."""
_SETTLED_S: Final = 2.0
_FORCED_S: Final = 10
"""How long after the grace time the last answers may take to be told that they end."""


class Connection(H11Protocol):
    """A client's connection: one that sends no whole head is closed, and every error is JSON."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._app = self.app
        self.app = self._with_connection
        self._alarm: asyncio.TimerHandle | None = None
        self._on_left: Callable[[], None] | None = None
        self.has_left = False

    def abort(self) -> None:
        """Close without waiting for the client to take what was sent."""
        self.transport.abort()

    def when_left(self, tell: Callable[[], None] | None) -> None:
        """Tell somebody at once when the client leaves, until the next request."""
        self._on_left = tell

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a head."""
        super().connection_made(transport)
        self._await_head()

    def data_received(self, data: bytes) -> None:
        """Take what comes; the beginning of a further request must become a whole one in time."""
        super().data_received(data)
        cycle: RequestResponseCycle | None = self.cycle
        if cycle is None or cycle.response_complete:
            self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell that the client has left, before any task runs again."""
        self._quiet()
        self.has_left = True
        if self._on_left is not None:
            self._on_left()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """Tell what cannot be read as HTTP that it cannot."""
        self._quiet()
        words = f"This is not a request of HTTP, or its head is longer than {HEAD_LIMIT} bytes."
        data = ErrorReply(400, "invalid_request", words).as_json()
        head = (
            "HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(data)}\r\nConnection: close\r\n\r\n"
        )
        self.transport.write(head.encode() + data)
        self.transport.close()

    async def _with_connection(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._quiet()
        scope[CONNECTION] = self
        try:
            await self._app(scope, receive, send)
        finally:
            self.when_left(None)

    def _await_head(self) -> None:
        if self._alarm is None and not self.transport.is_closing():
            self._alarm = self.loop.call_later(HEAD_PATIENCE_S, self.abort)

    def _quiet(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None


class Server(uvicorn.Server):
    """Ends at SIGINT or SIGTERM, with a grace time for running answers; at once at a second one."""

    def __init__(
        self,
        config: uvicorn.Config,
        stopping: ShutdownFlag,
        grace_s: float,
        tell: Callable[[str], None],
    ) -> None:
        super().__init__(config)
        self._stopping = stopping
        self._grace_s = grace_s
        self._tell = tell

    async def settled(self) -> None:
        """Wait a little until the requests that were ended have come to their end."""
        if self.server_state.tasks:
            await asyncio.wait(self.server_state.tasks, timeout=_SETTLED_S)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let running answers end, then tell those that have not."""
        running = len(self.server_state.tasks)
        if running:
            self._tell(
                f"Ending within {self._grace_s:g} s; requests under way: {running}. "
                "Ctrl+C ends them at once."
            )
        self._stopping.begin(self._grace_s)
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """End politely at a signal; unlike uvicorn, do not raise it again when all is done."""
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
        """Begin to end; the second time at once."""
        if self.should_exit:
            self.force_exit = True
            self._stopping.over.set()
        self.should_exit = True


def make_server(
    app: ASGIApp,
    stopping: ShutdownFlag,
    *,
    grace_s: float,
    tell: Callable[[str], None] = lambda _: None,
    tls_cert: str | None = None,
    tls_key: str | None = None,
) -> Server:
    """Return the server of an application.

    Args:
        app: What answers.
        stopping: Told when the server is to end.
        grace_s: How long running answers may go on then, in seconds.
        tell: Says something to whoever runs it.
        tls_cert: File of the certificate; None for plain HTTP.
        tls_key: File of its key.
    """
    config = uvicorn.Config(
        app,
        # Not what happens to be installed: only this parser bounds the head.
        http=Connection,
        ws="none",
        loop="asyncio",
        lifespan="off",
        interface="asgi3",
        h11_max_incomplete_event_size=HEAD_LIMIT,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=round(grace_s) + _FORCED_S,
        # The program's own log, which masks.
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        ssl_certfile=tls_cert,
        ssl_keyfile=tls_key,
    )
    return Server(config, stopping, grace_s, tell)
