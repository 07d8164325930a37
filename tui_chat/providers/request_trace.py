"""Records one request for a completion, fed by the hooks of the HTTP client."""

from __future__ import annotations

import asyncio
from contextvars import ContextVar, copy_context
from typing import TYPE_CHECKING, Any, Final

import httpx2

from tui_chat.core.conversation import now
from tui_chat.core.http_exchange import Exchange
from tui_chat.core.labels import _
from tui_chat.providers.data_urls import shortened
from tui_chat.providers.http.headers import shown_headers

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping

_CURRENT: Final[ContextVar[RequestTrace | None]] = ContextVar("request_trace", default=None)


class RequestTrace:
    """Records when a request is sent, and what goes over the wire.

    Attributes:
        exchange: The recorded exchange; None before the request is sent or if nothing is recorded.
        sent: Done as soon as the request is sent over a connection.
    """

    def __init__(
        self, mask: Callable[[str], str], on_exchange: Callable[[Exchange], None] | None
    ) -> None:
        """Start the trace.

        Args:
            mask: Redacts secrets in a text.
            on_exchange: Called with each exchange; a redirect adds one. None records nothing.
        """
        self._mask = mask
        self._on_exchange = on_exchange
        loop = asyncio.get_running_loop()
        self._time = loop.time
        self._began = loop.time()
        self.exchange: Exchange | None = None
        self.sent: asyncio.Future[None] = loop.create_future()

    @staticmethod
    def current() -> RequestTrace | None:
        """Return the trace of the running task; None for requests without one."""
        return _CURRENT.get()

    def start(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Run the request in a task of its own, which belongs to this trace."""
        context = copy_context()
        context.run(_CURRENT.set, self)
        return asyncio.get_running_loop().create_task(work, context=context)

    def record_request(self, request: httpx2.Request) -> None:
        """Record a request that is about to be sent."""
        if self._on_exchange is None:
            return
        self._began = self._time()
        try:
            body = self._mask(shortened(request.content).decode("utf-8", "replace"))
        except httpx2.RequestNotRead:
            # A redirected request has the body of the first one.
            body = self.exchange.request_body if self.exchange else ""
        if self.exchange is not None:
            self.end(_("redirected"))
        self.exchange = Exchange(
            method=request.method,
            url=self._mask(str(request.url.copy_with(query=None, userinfo=b"", fragment=None))),
            started_at=now(),
            request_headers=shown_headers(request.headers, self._mask),
            request_body=body,
        )
        self._on_exchange(self.exchange)

    def record_sent(self) -> None:
        """Record that the request is sent."""
        if not self.sent.done():
            self.sent.set_result(None)

    def record_response(self, status: int, headers: Mapping[str, str]) -> None:
        """Record the head of the response."""
        if self.exchange is not None:
            self.exchange.status = status
            self.exchange.response_headers = shown_headers(headers, self._mask)

    def record_data(self, data: bytes) -> None:
        """Record a part of the response body."""
        if self.exchange is not None:
            self.exchange.record(self._time() - self._began, data)

    def end(self, outcome: str) -> None:
        """Record how the exchange ended; the first outcome is kept."""
        if self.exchange is not None and not self.exchange.ended:
            self.exchange.ended = outcome
