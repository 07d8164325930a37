"""Relays a response from the endpoint to the client, in the requested format."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING, Any, Final

from tui_chat.core.errors import ProviderError
from tui_chat.core.stream_events import ReasoningDelta, TextDelta
from tui_chat.gateway.http.errors import ErrorReply
from tui_chat.gateway.proxy.key_redaction import StreamRedactor, TextRedactor, redacted_body
from tui_chat.gateway.proxy.usage_event import UsageFilter
from tui_chat.providers.errors.server_message import parsed_body

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tui_chat.gateway.http.client_response import ClientResponse
    from tui_chat.gateway.proxy.meter import Meter
    from tui_chat.providers.completion import Completion
    from tui_chat.providers.endpoint import Endpoint
    from tui_chat.providers.stream.reply_parser import Delta

EVENTS: Final = "text/event-stream; charset=utf-8"
TEXT: Final = "text/plain; charset=utf-8"


class StreamRelay:
    """Relays one response, and counts its tokens.

    The endpoint's headers are not relayed: the client receives the content type it requested.
    """

    def __init__(
        self, endpoint: Endpoint, reply: ClientResponse, meter: Meter, *, shows_usage: bool
    ) -> None:
        """Create a relay for one request.

        Args:
            endpoint: The endpoint, whose secrets are redacted.
            reply: The response to the client.
            meter: Counts the tokens.
            shows_usage: Whether the client asked for the usage of a stream.
        """
        self._shows_usage = shows_usage
        self._endpoint = endpoint
        self._reply = reply
        self._meter = meter

    async def completion(self, body: dict[str, Any]) -> bool:
        """Send a request and relay its response unchanged; return whether it is complete.

        Raises:
            ClientDisconnected: The client has stopped reading.
            ProviderError: The endpoint's response is incomplete.
            ErrorReply: The endpoint's response is not a completion.
        """
        async with self._endpoint.completion(body) as completion:
            await self._begin(completion)
            try:
                if body.get("stream") and not _is_document(completion.content_type):
                    await self._stream(completion)
                else:
                    await self._whole(completion)
                return completion.reader.ending().finish_reason is not None
            finally:
                self._meter.settle(completion.reader.ending().usage)

    async def text(self, body: dict[str, Any], *, is_streamed: bool) -> bool:
        """Send a request and relay only the text of the reply; return whether it is complete.

        Raises:
            ClientDisconnected: The client has stopped reading.
            ProviderError: The endpoint's response is incomplete.
        """
        guard = TextRedactor(self._endpoint.mask)
        kept: list[str] = []
        async with self._endpoint.completion(body) as completion:
            await self._begin(completion)
            try:
                async with aclosing(completion.pieces()) as pieces:
                    async for piece in pieces:
                        await self._count(piece.deltas)
                        text = guard.feed(_text_of(piece.deltas))
                        if is_streamed:
                            await self._write(text)
                        else:
                            kept.append(text)
                failure = self._endpoint.failure_of_ending(completion.reader.ending())
            except ProviderError as error:
                failure = error
            finally:
                self._meter.settle(completion.reader.ending().usage)
        rest = guard.finish()
        if is_streamed:
            await self._write(rest)
        if failure is not None:
            raise failure
        if is_streamed:
            await self._reply.end()
        else:
            await self._reply.send_whole(TEXT, _encoded("".join([*kept, rest])))
        return True

    async def _begin(self, completion: Completion) -> None:
        """Wait for the head of the response; from then on, a disconnect of the client aborts it."""
        await completion.sent()
        await completion.head()
        self._reply.on_disconnect(completion.hang_up)

    async def _stream(self, completion: Completion) -> None:
        guard = StreamRedactor(self._endpoint.mask, self._endpoint.error_mask)
        reply = self._reply
        usage = UsageFilter(is_wanted=self._shows_usage)
        await reply.begin(EVENTS)
        try:
            async with aclosing(completion.pieces()) as pieces:
                async for piece in pieces:
                    try:
                        await self._count(piece.deltas, piece.data)
                    except ErrorReply:
                        fitting = self._meter.cut(piece.data, self._meter.excess)
                        await reply.write(usage.finish(guard.finish_with(fitting)))
                        raise
                    await reply.write(usage.feed(guard.feed(piece.data)))
        except ProviderError:
            await reply.write(usage.feed(guard.release()))
            raise
        await reply.write(usage.finish(guard.finish()))
        ending = completion.reader.ending()
        failure = self._endpoint.failure_of_ending(ending)
        # An error of the endpoint was relayed with the stream.
        if failure is not None and ending.error is None and ending.finish_reason is None:
            raise failure
        await reply.end()

    async def _whole(self, completion: Completion) -> None:
        data, deltas = await completion.read_whole()
        ending = completion.reader.ending()
        failure = self._endpoint.failure_of_ending(ending)
        if failure is not None and ending.is_too_long:
            raise failure
        found = parsed_body(data.decode("utf-8-sig", "replace"))
        if not isinstance(found, dict):
            message = "The endpoint did not respond like an OpenAI-compatible endpoint."
            raise ErrorReply(502, "upstream_bad_reply", message)
        self._meter.add_whole(_all_text_of(deltas), found)
        if found.get("error") and failure is not None:
            raise failure
        mask = self._endpoint.error_mask if found.get("error") else self._endpoint.mask
        await self._reply.send_whole("application/json", redacted_body(data, mask))

    async def _write(self, text: str) -> None:
        if text:
            if not self._reply.has_begun:
                await self._reply.begin(TEXT)
            await self._reply.write(_encoded(text))

    async def _count(self, deltas: Iterable[Delta], data: bytes = b"") -> None:
        """Count text and reasoning, and the tool calls in the data.

        Raises:
            ErrorReply: A limit is reached.
        """
        await self._meter.count(_all_text_of(deltas), data)


def _text_of(deltas: Iterable[Delta]) -> str:
    """Return the text of deltas without reasoning."""
    return "".join(delta.text for delta in deltas if isinstance(delta, TextDelta))


def _all_text_of(deltas: Iterable[Delta]) -> str:
    """Return the text of deltas, reasoning included."""
    return "".join(it.text for it in deltas if isinstance(it, TextDelta | ReasoningDelta))


def _is_document(content_type: str) -> bool:
    """Return whether a response is one document although a stream was requested."""
    return "json" in content_type or "html" in content_type


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "replace")
