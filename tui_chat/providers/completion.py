"""One request for a completion, from the connection to the last byte of the response."""

from __future__ import annotations

import asyncio
import re
import socket
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self

from tui_chat.core.errors import ProviderError
from tui_chat.core.labels import _
from tui_chat.providers.errors.transport_errors import chain_of
from tui_chat.providers.http.client import FAILURES, StatusFailure
from tui_chat.providers.http.decoded_body import decoded_body
from tui_chat.providers.stream.reply_parser import ANSWER_LIMIT, ReplyParser
from tui_chat.providers.timeouts import ReplyTimeouts

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping, Sequence
    from types import TracebackType

    import httpx2

    from tui_chat.core.tools.tool import Tool
    from tui_chat.providers.endpoint import Endpoint
    from tui_chat.providers.request_trace import RequestTrace
    from tui_chat.providers.stream.reply_parser import Delta

_AFTER_DONE_S: Final = 0.05
"""Time limit for the end of the body after [DONE]. A connection can be reused only after its
response was read to the end."""
# Tool arguments are content too, although they are not text for the user.
_TOOL_CALLS: Final = re.compile(rb'"tool_calls"\s*:\s*\[\s*\{')


@dataclass(frozen=True, slots=True)
class Piece:
    """The part of a response that arrived with one read."""

    data: bytes
    deltas: Sequence[Delta]
    """The text parsed from it."""


class Completion:
    """Context manager for one request: entering sends it, leaving closes the connection.

    A cancellation means that the user stopped the reply: the connection is closed at once and the
    profile's cancel request is sent.

    Attributes:
        content_type: Content type of the response in lower case; empty before its head arrives.
        reader: The parser with the state of the reply so far.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        request: httpx2.Request,
        trace: RequestTrace,
        tools: Mapping[str, Tool] | None = None,
    ) -> None:
        self._endpoint = endpoint
        self._request = request
        self._trace = trace
        self._is_over = False
        self._is_reading = False
        self._is_hung_up = False
        self.content_type = ""
        self.reader = ReplyParser(tools)

    async def __aenter__(self) -> Self:
        """Start to connect."""
        self._clocks = ReplyTimeouts(self._endpoint.named)
        # A task: the caller shows "connecting" and "waiting for first token" meanwhile.
        self._opening = self._endpoint.send(self._request, self._trace)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._is_reading = False
        await self._close()
        self._trace.end(_outcome(error))
        if not self._is_over:
            is_stopped = (_is_stop(error) or self._is_hung_up) and self._trace.sent.done()
            self._endpoint.send_cancel(self.reader.response_id, is_stopped=is_stopped)

    async def sent(self) -> None:
        """Wait until the request is sent or has failed.

        Raises:
            NoAnswer: No connection was made in time.
        """
        both: set[asyncio.Future[Any]] = {self._opening, self._trace.sent}
        done, _pending = await asyncio.wait(
            both,
            timeout=self._endpoint.profile.timeouts.connect_s,
            return_when=asyncio.FIRST_COMPLETED,
        )
        if not done:
            raise self._clocks.connect_expired()
        self._clocks.sent()

    async def head(self) -> None:
        """Wait for the head of the response; await `sent` first.

        Raises:
            ProviderError: The endpoint does not respond, or rejects the request.
        """
        try:
            async with self._clocks.limit():
                self._response = response = await self._opening
        except (TimeoutError, *FAILURES) as error:
            self._record_rejection(error)
            raise self._failure(error) from error
        self._is_reading = True
        self._trace.record_response(response.status_code, response.headers)
        self.content_type = response.headers.get("content-type", "").lower()

    async def pieces(self) -> AsyncGenerator[Piece, None]:
        """Yield the response as it arrives; nothing is read ahead of the caller.

        Raises:
            ProviderError: The response broke off, or a timeout expired.
        """
        body = decoded_body(self._response)
        reader, clocks = self.reader, self._clocks
        failure: BaseException | None = None
        while not reader.is_over:
            try:
                async with clocks.limit():
                    data = await anext(body, None)
            except (TimeoutError, *FAILURES) as error:
                failure = error
                break
            if data is None:
                self._is_reading = False
                break
            self._trace.record_data(data)
            deltas = reader.feed(data)
            yield Piece(data, deltas)
            # Restarted after the yield: a slow consumer is not the endpoint's fault.
            has_content = bool(deltas) or _TOOL_CALLS.search(data) is not None
            clocks.read(has_content=has_content, is_finished=reader.is_finished)
            if clocks.is_over:
                failure = TimeoutError()
                break
        if self._is_hung_up:
            return
        if reader.is_over:
            yield Piece(await self._rest(body), ())
        last = reader.finish()
        if last:
            clocks.content()
            yield Piece(b"", last)
        if failure is not None and not (reader.is_finished or reader.is_over):
            raise self._failure(failure) from failure
        self._is_over = not reader.ending().is_too_long

    async def read_whole(self) -> tuple[bytes, Sequence[Delta]]:
        """Return a response that is not a stream, and the text parsed from it.

        Raises:
            ProviderError: The response broke off, or took too long.
        """
        data, deltas = bytearray(), list[Any]()
        async for piece in self.pieces():
            data += piece.data
            deltas += piece.deltas
        return bytes(data), deltas

    def end(self, outcome: str) -> None:
        """Record for the inspector how the exchange ended; the first outcome is kept."""
        self._trace.end(outcome)

    def hang_up(self) -> None:
        """Close the connection at once; the reading task is expected to be cancelled soon.

        When a thousand clients disconnect together, their tasks are cancelled one after another,
        and the last response would continue for half a second.
        """
        if not self._is_reading:
            # After the last byte the connection may already serve another request.
            return
        self._is_reading, self._is_hung_up = False, True
        stream = self._response.extensions.get("network_stream")
        held = stream.get_extra_info("socket") if stream is not None else None
        if held is not None:
            with suppress(OSError):
                held.shutdown(socket.SHUT_RDWR)

    def _failure(self, error: BaseException) -> ProviderError:
        if isinstance(error, TimeoutError):
            return self._clocks.expired()
        return self._endpoint.failure(error, has_content=self._clocks.has_content)

    async def _rest(self, body: Any) -> bytes:
        """Return the bytes after [DONE]; usually there are none."""
        self._is_reading = False
        rest = bytearray()
        if self.reader.ending().is_too_long:
            return b""
        with suppress(TimeoutError, *FAILURES):
            async with asyncio.timeout(_AFTER_DONE_S):
                async for data in body:
                    rest += data
                    if len(rest) > ANSWER_LIMIT:
                        break
        return bytes(rest)

    def _record_rejection(self, error: BaseException) -> None:
        """Record for the inspector the response that rejected the request."""
        for link in chain_of(error):
            if isinstance(link, StatusFailure):
                self._trace.record_response(link.status, link.headers)
                self._trace.record_data(link.body.encode())

    async def _close(self) -> None:
        """Close the connection at any stage of the request."""
        opening = self._opening
        if not opening.done():
            opening.cancel()
            with suppress(asyncio.CancelledError, *FAILURES):
                await opening
        if not opening.cancelled() and opening.exception() is None:
            with suppress(*FAILURES):
                await opening.result().aclose()


def _is_stop(error: BaseException | None) -> bool:
    """Return whether an exception means that the user stopped the reply."""
    return isinstance(error, asyncio.CancelledError | GeneratorExit)


def _outcome(error: BaseException | None) -> str:
    """Return how an exchange ended, as text for the inspector."""
    if isinstance(error, ProviderError):
        return error.summary
    if _is_stop(error):
        return _("stopped here; the connection was closed")
    return _("failed: {error}").format(error=type(error).__name__) if error else _("closed")
