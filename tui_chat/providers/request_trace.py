"""One request for a completion while it is under way, as the hooks of the HTTP client see it."""

from __future__ import annotations

import asyncio
from contextvars import ContextVar, copy_context
from typing import TYPE_CHECKING, Any, Final

import httpx2

from tui_chat.core.conversation import now
from tui_chat.core.http_exchange import Exchange
from tui_chat.providers.http.headers import shown_headers

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping

_CURRENT: Final[ContextVar[Call | None]] = ContextVar("call", default=None)


class Call:
    """Knows when the request left, and writes down what goes over the wire.

    Attributes:
        exchange: What went over the wire; None until the request leaves.
        sent: Done as soon as the request leaves over a connection.
    """

    def __init__(
        self, mask: Callable[[str], str], on_exchange: Callable[[Exchange], None] | None
    ) -> None:
        """Begin a call.

        Args:
            mask: Takes secrets out of a text.
            on_exchange: Called with each exchange; a redirect makes one more. None records nothing.
        """
        self._mask = mask
        self._on_exchange = on_exchange
        loop = asyncio.get_running_loop()
        self._time = loop.time
        self._began = loop.time()
        self.exchange: Exchange | None = None
        self.sent: asyncio.Future[None] = loop.create_future()

    @staticmethod
    def current() -> Call | None:
        """Return the call that the running task belongs to; None in that for other requests."""
        return _CURRENT.get()

    def start(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Run the request in a task of its own, which belongs to this call."""
        context = copy_context()
        context.run(_CURRENT.set, self)
        return asyncio.get_running_loop().create_task(work, context=context)

    def note_request(self, request: httpx2.Request) -> None:
        """Note what is about to be sent."""
        if self._on_exchange is None:
            return
        self._began = self._time()
        try:
            body = self._mask(request.content.decode("utf-8", "replace"))
        except httpx2.RequestNotRead:
            # A redirected request: its body is that of the first one.
            body = self.exchange.request_body if self.exchange else ""
        if self.exchange is not None:
            self.end("redirected")
        self.exchange = Exchange(
            method=request.method,
            url=self._mask(str(request.url.copy_with(query=None, userinfo=b"", fragment=None))),
            started_at=now(),
            request_headers=shown_headers(request.headers, self._mask),
            request_body=body,
        )
        self._on_exchange(self.exchange)

    def note_sent(self) -> None:
        """Note that the request leaves."""
        if not self.sent.done():
            self.sent.set_result(None)

    def note_response(self, status: int, headers: Mapping[str, str]) -> None:
        """Note the head of the answer."""
        if self.exchange is not None:
            self.exchange.status = status
            self.exchange.response_headers = shown_headers(headers, self._mask)

    def note_data(self, data: bytes) -> None:
        """Note what has just come of the body."""
        if self.exchange is not None:
            self.exchange.record(self._time() - self._began, data)

    def end(self, words: str) -> None:
        """Note how it ended; the first words stay."""
        if self.exchange is not None and not self.exchange.ended:
            self.exchange.ended = words
