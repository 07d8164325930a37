"""Asks an OpenAI-compatible endpoint; the only file that imports its SDK.

The SDK makes the request and the connection. The answer is read here, because the SDK's own
iterator raises on legal streams, never notices a stall hidden by comments, and hands over a whole
read without yielding (measured, openai 3.x).
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
from contextlib import aclosing, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import httpx2
from openai import AsyncOpenAI, OpenAIError

from tui_chat.core.errors import NoAnswer, ProviderError, RequestRejected
from tui_chat.core.masking import Masker
from tui_chat.core.stream import Finished, Phase, Retrying, Waiting
from tui_chat.core.visible import visible_line
from tui_chat.providers.call import Call
from tui_chat.providers.cancel import CancelRequests
from tui_chat.providers.clocks import Clocks
from tui_chat.providers.error_map import ErrorMap
from tui_chat.providers.headers import SentHeaders, own_headers, secrets_of, sendable_key
from tui_chat.providers.http_client import (
    ConnectionTrace,
    ForeignRedirect,
    StatusFailure,
    make_client,
)
from tui_chat.providers.offers import read_offers
from tui_chat.providers.reply import ReplyReader
from tui_chat.providers.request_body import request_body
from tui_chat.providers.retries import RetryPause, pause_before_retry, reason_words
from tui_chat.providers.transport_map import TransportMap, chain_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

    from tui_chat.core.exchange import Exchange
    from tui_chat.core.profile import Profile, Secret
    from tui_chat.core.request import CompletionRequest
    from tui_chat.core.stream import ModelOffer, StreamEvent

_FAILURES: Final = (
    StatusFailure,
    ForeignRedirect,
    OpenAIError,
    httpx2.HTTPError,
    httpx2.InvalidURL,
    httpx2.StreamError,
    OSError,
    UnicodeError,
    # Of connections to several addresses of one name.
    ExceptionGroup,
)
_STREAM_OPTIONS: Final = re.compile(r"stream_options|include_usage")
_BREATH_S: Final = 0.001
"""In a flood, how long deltas are handed over before the loop may do something else."""
_LIST_LIMIT: Final = 16_000_000
"""The longest list of models in bytes; the longest known one has half a million."""
_REASON_LIMIT: Final = 60
_NAME_LIMIT: Final = 200


class OpenAICompatible:
    """A profile's endpoint, ready to be asked.

    Attributes:
        exchange: The latest request for a completion, as it went over the wire.
        mask: Takes this profile's secrets out of a text.
    """

    def __init__(self, profile: Profile, key: Secret | None) -> None:
        """Prepare; nothing is sent.

        Args:
            profile: Where and how to ask.
            key: Sent as a bearer token; None for an endpoint that wants none.

        Raises:
            ConfigError: A certificate file or a proxy setting cannot be used.
            KeyRefused: The key holds a character that cannot be sent.
        """
        self._profile = profile
        key = sendable_key(key)
        self.mask = Masker(secrets_of(profile, key))
        self.exchange: Exchange | None = None
        self._errors = ErrorMap(profile, self.mask)
        self._transport_errors = TransportMap(profile, self.mask)
        self._headers = SentHeaders(profile, own_headers(profile, key))
        self._http = make_client(profile, on_request=self._before_request)
        self._client = AsyncOpenAI(
            # The SDK wants some key; what is sent is said by `own_headers` alone.
            api_key="none",
            base_url=profile.base_url,
            max_retries=0,
            timeout=None,
            http_client=self._http,
        )
        self._pause = RetryPause()
        self._with_usage = True
        self._first_model: str | None = None
        self._cancels = CancelRequests(profile, self._http, self.mask, _FAILURES)

    async def stream(self, request: CompletionRequest) -> AsyncGenerator[StreamEvent, None]:
        """Ask and yield what comes; Finished is the last event of a whole answer.

        Closing the generator closes the connection.

        Raises:
            ProviderError: No whole answer came; what was yielded before stays true.
        """
        yield Waiting(Phase.CONNECTING)
        attempts = self._profile.max_retries + 1
        names_model = bool(request.model)
        for attempt in range(1, attempts + 1):
            has_content = False
            try:
                request = await self._with_model(request)
                async with aclosing(self._attempt(request)) as events:
                    async for event in events:
                        has_content = has_content or not isinstance(event, Waiting)
                        if isinstance(event, Finished) and not names_model:
                            event = replace(event, asked_model=request.model)
                        yield event
                return
            except ProviderError as error:
                pause_s = pause_before_retry(error, attempt)
                if has_content or pause_s is None or attempt == attempts:
                    raise
                yield Retrying(attempt + 1, attempts, pause_s, reason_words(error))
            await self._pause.wait(pause_s)
            yield Waiting(Phase.CONNECTING)

    def retry_now(self) -> None:
        """End the pause before the next try, if there is one."""
        self._pause.end()

    async def models(self) -> list[ModelOffer]:
        """Return what the endpoint offers.

        Raises:
            ProviderError: It cannot be asked, or what it says is no list of models.
        """
        limit_s = self._profile.timeouts.connect_s + self._profile.first_token_s
        try:
            async with (
                asyncio.timeout(limit_s),
                self._client.models.with_streaming_response.list() as response,
            ):
                body = await _read_list(response.iter_bytes())
        except TimeoutError as error:
            what = f"{self._profile.host} did not list its models within {limit_s:g} s."
            raise NoAnswer(what, host=self._profile.host) from error
        except _FAILURES as error:
            raise self._translated(error) from error
        try:
            offers = read_offers(json.loads(body))
        except (ValueError, RecursionError):
            offers = None
        if offers is None:
            raise self._errors.of_no_list(body.decode("utf-8", "replace"))
        return offers

    async def aclose(self) -> None:
        """Close all connections; a cancel request that is under way may end."""
        await self._cancels.aclose()
        await self._client.close()

    async def _with_model(self, request: CompletionRequest) -> CompletionRequest:
        """Put in the first model the endpoint offers where the request names none."""
        if request.model:
            return request
        if self._first_model is None:
            offers = await self.models()
            if not offers:
                what = f"{self._profile.host} offers no model."
                raise RequestRejected(what, "Name one: `model` in the profile, or --model.")
            self._first_model = offers[0].id
        return replace(request, model=self._first_model)

    async def _attempt(self, request: CompletionRequest) -> AsyncGenerator[StreamEvent, None]:
        """Ask once; once more without stream_options when only those are refused."""
        try:
            async with aclosing(self._ask(request)) as events:
                async for event in events:
                    yield event
            return
        except RequestRejected as error:
            words = f"{error.server_words} {error.body}"
            if not (self._with_usage and request.stream and _STREAM_OPTIONS.search(words)):
                raise
        self._with_usage = False
        async with aclosing(self._ask(request)) as events:
            async for event in events:
                yield event

    async def _ask(self, request: CompletionRequest) -> AsyncGenerator[StreamEvent, None]:
        clocks = Clocks(self._profile)
        reader = ReplyReader()
        call = Call(self.mask, self._note_exchange)
        manager = self._client.chat.completions.with_streaming_response.create(
            model=request.model,
            messages=[],
            stream=request.stream,
            extra_body=request_body(request, with_usage=self._with_usage),
        )
        # A task, so that "connecting" and "waiting for first token" can be told apart meanwhile.
        opening = call.start(manager.__aenter__())
        is_over = False
        try:
            await self._connected(opening, call, clocks)
            yield Waiting(Phase.FIRST_TOKEN)
            async with clocks.limit():
                response = await opening
            call.note_response(response.status_code, response.headers)
            async with aclosing(self._read(response.iter_bytes(), reader, clocks, call)) as events:
                async for event in events:
                    yield event
            is_over = True
            finished = self._finished(reader)
            call.end(f"complete: {finished.reason}")
            yield finished
        except TimeoutError as error:
            raise clocks.ran_out() from error
        except _FAILURES as error:
            if clocks.has_content:
                raise self._transport_errors.of_break(error) from error
            raise self._translated(error, call) from error
        finally:
            await self._close(opening, manager)
            call.end(_end_words(sys.exception()))
            if not is_over:
                is_stopped = call.sent.done() and _is_stop(sys.exception())
                self._cancels.send(reader.response_id, is_stopped=is_stopped)

    async def _connected(self, opening: asyncio.Task[Any], call: Call, clocks: Clocks) -> None:
        """Wait until the request leaves, or has failed already."""
        done, _ = await asyncio.wait(
            {opening, call.sent},
            timeout=self._profile.timeouts.connect_s,
            return_when=asyncio.FIRST_COMPLETED,
        )
        if not done:
            raise clocks.not_connected()
        clocks.sent()

    async def _read(
        self, body: Any, reader: ReplyReader, clocks: Clocks, call: Call
    ) -> AsyncGenerator[StreamEvent, None]:
        """Read the body to its end, or to the end of the answer in it."""
        clock = asyncio.get_running_loop().time
        breath = clock()
        failure: BaseException | None = None
        while not reader.is_over:
            try:
                async with clocks.limit():
                    data = await anext(body, None)
            except (TimeoutError, *_FAILURES) as error:
                failure = error
                break
            if data is None:
                break
            call.note_data(data)
            events = reader.feed(data)
            for event in events:
                yield event
                if clock() - breath > _BREATH_S:
                    await asyncio.sleep(0)
                    breath = clock()
            # After handing over: how long that takes is not the endpoint's fault.
            clocks.read(has_content=bool(events), is_finished=reader.is_finished)
            if clocks.is_over:
                failure = TimeoutError()
                break
        for event in reader.finish():
            clocks.content()
            yield event
        if failure is not None and not (reader.is_finished or reader.is_over):
            raise failure

    def _finished(self, reader: ReplyReader) -> Finished:
        ending = reader.ending()
        failure = self._errors.of_ending(ending)
        if failure is not None:
            raise failure
        # All of it comes from outside, and a person reads it.
        reason = "refusal" if ending.is_refusal else ending.finish_reason or "stop"
        reason = visible_line(self.mask(reason), _REASON_LIMIT)
        detail = ", ".join(name for name in ending.tools if name)
        model = visible_line(self.mask(ending.model), _NAME_LIMIT) if ending.model else None
        return Finished(
            reason,
            ending.usage,
            visible_line(self.mask(detail), _NAME_LIMIT),
            model or None,
            lost_events=ending.lost_events,
        )

    async def _close(self, opening: asyncio.Task[Any], manager: Any) -> None:
        """Close the connection, wherever the request stands."""
        if not opening.done():
            opening.cancel()
            with suppress(asyncio.CancelledError, *_FAILURES):
                await opening
        if not opening.cancelled() and opening.exception() is None:
            with suppress(*_FAILURES):
                await manager.__aexit__(None, None, None)

    def _note_exchange(self, exchange: Exchange) -> None:
        self.exchange = exchange

    def _translated(self, error: BaseException, call: Call | None = None) -> ProviderError:
        for link in chain_of(error):
            if isinstance(link, StatusFailure):
                if call is not None:
                    call.note_response(link.status, link.headers)
                    call.note_data(link.body.encode())
                return self._errors.of_status(link.status, link.headers, link.body)
            if isinstance(link, ForeignRedirect):
                return self._errors.of_foreign_redirect(link.host)
        return self._transport_errors.of(error)

    async def _before_request(self, request: httpx2.Request) -> None:
        """Take out what the endpoint need not know, and note what is sent."""
        self._headers.reduce(str(request.url), request.headers)
        call = Call.current()
        request.extensions["trace"] = ConnectionTrace(call.note_sent if call else None)
        if call is not None:
            call.note_request(request)


async def _read_list(pieces: AsyncIterator[bytes]) -> bytes:
    """Return a list of models; what is too long is cut, and then no list."""
    body = bytearray()
    async for piece in pieces:
        body += piece
        if len(body) > _LIST_LIMIT:
            break
    return bytes(body)


def _is_stop(error: BaseException | None) -> bool:
    """Say whether an exception means that the person gave the answer up."""
    return isinstance(error, asyncio.CancelledError | GeneratorExit)


def _end_words(error: BaseException | None) -> str:
    """Return for the wire view how an exchange ended."""
    if isinstance(error, ProviderError):
        return error.what
    if _is_stop(error):
        return "stopped here; the connection was closed"
    return f"failed: {type(error).__name__}" if error else "closed"
