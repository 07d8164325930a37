"""One request for a completion, from the connection to the last byte of the answer."""

from __future__ import annotations

import asyncio
import re
import socket
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self

from tui_chat.core.errors import ProviderError
from tui_chat.providers.errors.transport_errors import chain_of
from tui_chat.providers.http.client import FAILURES, StatusFailure
from tui_chat.providers.stream.reply_parser import ANSWER_LIMIT, ReplyReader
from tui_chat.providers.timeouts import ReplyTimeouts

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence
    from types import TracebackType

    import httpx2

    from tui_chat.providers.endpoint import Endpoint
    from tui_chat.providers.request_trace import Call
    from tui_chat.providers.stream.reply_parser import Delta

_AFTER_DONE_S: Final = 0.05
"""How long the end of the body may take after [DONE]. Only a connection that was read to its end
can be used again."""
# Arguments of a tool are content too, though they are not text for the user.
_TOOL_CALLS: Final = re.compile(rb'"tool_calls"\s*:\s*\[\s*\{')


@dataclass(frozen=True, slots=True)
class Piece:
    """The part of an answer that arrived with one read."""

    data: bytes
    deltas: Sequence[Delta]
    """The text in it."""


class Completion:
    """One request for a completion: entering sends it, leaving closes the connection.

    Leaving by a cancellation means that the user gave the answer up: the connection is closed at
    once, and the profile's cancel request is sent.

    Attributes:
        content_type: Of the answer, in lower case; empty before its head.
        reader: Holds the state of the answer so far.
    """

    def __init__(self, endpoint: Endpoint, request: httpx2.Request, call: Call) -> None:
        self._endpoint = endpoint
        self._request = request
        self._call = call
        self._is_over = False
        self._is_reading = False
        self._is_hung_up = False
        self.content_type = ""
        self.reader = ReplyReader()

    async def __aenter__(self) -> Self:
        """Begin to connect."""
        self._clocks = ReplyTimeouts(self._endpoint.named)
        # A task: the caller shows "connecting" and "waiting for first token" meanwhile.
        self._opening = self._endpoint.send(self._request, self._call)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._is_reading = False
        await self._close()
        self._call.end(_end_words(error))
        if not self._is_over:
            is_stopped = (_is_stop(error) or self._is_hung_up) and self._call.sent.done()
            self._endpoint.send_cancel(self.reader.response_id, is_stopped=is_stopped)

    async def sent(self) -> None:
        """Wait until the request leaves, or has failed already.

        Raises:
            NoAnswer: No connection was made in time.
        """
        both: set[asyncio.Future[Any]] = {self._opening, self._call.sent}
        done, _ = await asyncio.wait(
            both,
            timeout=self._endpoint.profile.timeouts.connect_s,
            return_when=asyncio.FIRST_COMPLETED,
        )
        if not done:
            raise self._clocks.not_connected()
        self._clocks.sent()

    async def head(self) -> None:
        """Wait for the head of the answer; `sent` comes first.

        Raises:
            ProviderError: The endpoint does not answer, or refuses.
        """
        try:
            async with self._clocks.limit():
                self._response = response = await self._opening
        except (TimeoutError, *FAILURES) as error:
            self._note_refusal(error)
            raise self._failure(error) from error
        self._is_reading = True
        self._call.note_response(response.status_code, response.headers)
        self.content_type = response.headers.get("content-type", "").lower()

    async def pieces(self) -> AsyncGenerator[Piece, None]:
        """Yield the answer as it arrives; nothing is read before it is asked for.

        Raises:
            ProviderError: The answer broke off, or a clock ran out.
        """
        body = self._response.aiter_bytes()
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
            self._call.note_data(data)
            deltas = reader.feed(data)
            yield Piece(data, deltas)
            # After handing over: a slow reader is not the endpoint's fault.
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

    async def whole(self) -> tuple[bytes, Sequence[Delta]]:
        """Return an answer that is not a stream, and the text in it.

        Raises:
            ProviderError: The answer broke off, or took too long.
        """
        data, deltas = bytearray(), list[Any]()
        async for piece in self.pieces():
            data += piece.data
            deltas += piece.deltas
        return bytes(data), deltas

    def end(self, words: str) -> None:
        """Record for the wire view how the exchange ended; the first words stay."""
        self._call.end(words)

    def hang_up(self) -> None:
        """Close the connection now; the task that reads is expected to be cancelled soon.

        When a thousand clients leave at once, the tasks that serve them are cancelled one after
        another, and the last answer would go on for half a second.
        """
        if not self._is_reading:
            # Read to its end, the connection may serve another request already.
            return
        self._is_reading, self._is_hung_up = False, True
        stream = self._response.extensions.get("network_stream")
        held = stream.get_extra_info("socket") if stream is not None else None
        if held is not None:
            with suppress(OSError):
                held.shutdown(socket.SHUT_RDWR)

    def _failure(self, error: BaseException) -> ProviderError:
        if isinstance(error, TimeoutError):
            return self._clocks.ran_out()
        return self._endpoint.failure(error, has_content=self._clocks.has_content)

    async def _rest(self, body: Any) -> bytes:
        """Return the bytes after [DONE]: as a rule only the end of the body, which is empty."""
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

    def _note_refusal(self, error: BaseException) -> None:
        """Record for the wire view what the endpoint refused with."""
        for link in chain_of(error):
            if isinstance(link, StatusFailure):
                self._call.note_response(link.status, link.headers)
                self._call.note_data(link.body.encode())

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
    """Say whether an exception means that the user gave the answer up."""
    return isinstance(error, asyncio.CancelledError | GeneratorExit)


def _end_words(error: BaseException | None) -> str:
    """Return for the wire view how an exchange ended."""
    if isinstance(error, ProviderError):
        return error.summary
    if _is_stop(error):
        return "stopped here; the connection was closed"
    return f"failed: {type(error).__name__}" if error else "closed"
