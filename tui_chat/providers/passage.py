"""Asks an endpoint and hands over its answer as the bytes it came in, for whoever passes it on.

Beside `openai_compat`, which reads an answer for a person, and made of the same parts: client,
headers, clocks, failures, cancel requests. Whoever is at the other end must not learn where the
endpoint is, so no words that leave here name it; what went wrong in full stands in the log.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
import socket
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Self
from urllib.parse import urlsplit

import httpx2

from tui_chat.core.errors import BadReply, CutOff, NoAnswer, ProviderError
from tui_chat.core.masking import Masker
from tui_chat.core.profile import Secret
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
from tui_chat.providers.plain_http import check_encrypted
from tui_chat.providers.reply import ANSWER_LIMIT, ReplyReader
from tui_chat.providers.transport_map import TransportMap, chain_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator, Sequence
    from types import TracebackType

    from tui_chat.core.profile import Profile
    from tui_chat.core.stream import ModelOffer
    from tui_chat.providers.reply import Delta, Ending

log = logging.getLogger(__name__)

_FAILURES: Final = (
    StatusFailure,
    ForeignRedirect,
    httpx2.HTTPError,
    httpx2.InvalidURL,
    httpx2.StreamError,
    OSError,
    UnicodeError,
    ExceptionGroup,
)
_LIMITS: Final = httpx2.Limits(max_connections=None, max_keepalive_connections=64)
"""For many people at once; how many is the gateway's to say."""
_AFTER_DONE_S: Final = 0.05
"""How long the end of the body may take after [DONE]; a connection that is read to its end can be
used again."""
# Arguments of a tool are content too, though no text for a person.
_TOOL_CALLS: Final = re.compile(rb'"tool_calls"\s*:\s*\[\s*\{')


@dataclass(frozen=True, slots=True)
class Piece:
    """What came of an answer with one read."""

    data: bytes
    deltas: Sequence[Delta]
    """What of the answer was in it, as far as it is text."""


class PassingEndpoint:
    """A profile's endpoint, asked on behalf of others.

    Attributes:
        mask: Takes this profile's secrets out of a text; `mask.known` leaves all else as it is.
        hides: Takes out what tells where the endpoint is, too: for the words of failures.
    """

    def __init__(self, profile: Profile, key: Secret | None) -> None:
        """Prepare; nothing is sent.

        Args:
            profile: Where and how to ask.
            key: Sent as a bearer token; None for an endpoint that wants none.

        Raises:
            ConfigError: A certificate file or a proxy setting cannot be used.
            InsecureEndpoint: A secret would travel unencrypted.
            KeyRefused: The key holds a character that cannot be sent.
        """
        self.profile = profile
        key = sendable_key(key)
        check_encrypted(profile, key)
        secrets = secrets_of(profile, key)
        self.mask = Masker(secrets)
        self.hides = Masker([*secrets, *_places(profile.base_url)])
        # Without its URL, the words of all failures say “the endpoint”.
        clocks = replace(profile.timeouts, first_token_s=profile.first_token_s)
        self._unnamed = replace(profile, base_url="", timeouts=clocks)
        self._errors = ErrorMap(self._unnamed, self.hides)
        self._transport_errors = TransportMap(self._unnamed, self.hides)
        self._logged_errors = TransportMap(profile, self.mask)
        self._headers = SentHeaders(profile, own_headers(profile, key))
        self._http = make_client(profile, on_request=self._before_request, limits=_LIMITS)
        self._cancels = CancelRequests(profile, self._http, self.mask, _FAILURES)

    def ask(self, body: dict[str, Any]) -> Passage:
        """Return the passage of one answer; it asks when it is entered."""
        request = self._http.build_request(
            "POST",
            f"{self.profile.base_url}/chat/completions",
            content=json.dumps(body).encode(),
            headers={
                "Content-Type": "application/json",
                "Accept": "text/event-stream" if body.get("stream") else "application/json",
                # What comes is passed on as it is, so it must not be packed.
                "Accept-Encoding": "identity",
            },
        )
        return Passage(self, request)

    async def models(self) -> list[ModelOffer]:
        """Return what the endpoint offers.

        Raises:
            ProviderError: It cannot be asked, or what it says is no list of models.
        """
        limit_s = self.profile.timeouts.connect_s + self.profile.first_token_s
        try:
            async with asyncio.timeout(limit_s):
                response = await self._http.get(f"{self.profile.base_url}/models")
            offers = read_offers(json.loads(self.hides.known(response.text)))
        except TimeoutError as error:
            raise NoAnswer(f"The endpoint did not list its models within {limit_s:g} s.") from error
        except _FAILURES as error:
            raise self.failure(error) from error
        except (ValueError, RecursionError):
            offers = None
        if offers is None:
            raise BadReply("The endpoint does not say which models it offers.")
        return offers

    async def aclose(self) -> None:
        """Close all connections; a cancel request that is under way may end."""
        await self._cancels.aclose()
        await self._http.aclose()

    def send(self, call: Call, request: httpx2.Request) -> asyncio.Task[httpx2.Response]:
        """Begin a request in a task of its own."""
        return call.start(self._http.send(request, stream=True))

    def new_clocks(self) -> Clocks:
        """Return clocks that begin now."""
        return Clocks(self._unnamed)

    def cancel(self, response_id: str | None, *, is_stopped: bool) -> None:
        """Send the profile's cancel request, if it names one."""
        self._cancels.send(response_id, is_stopped=is_stopped)

    def failure(self, error: BaseException, *, is_within: bool = False) -> ProviderError:
        """Return the failure that an exception means, in words that name no place.

        Args:
            error: What was raised.
            is_within: Whether something of the answer had come.
        """
        for link in chain_of(error):
            if isinstance(link, StatusFailure):
                log.warning("the endpoint answered with HTTP %d", link.status)
                return self._errors.of_status(link.status, link.headers, link.body)
            if isinstance(link, ForeignRedirect):
                log.warning("the endpoint redirects to another place, %s", link.host)
                return BadReply("The endpoint redirects to another place.")
        log.warning("%s", self._logged_errors.of(error).words)
        errors = self._transport_errors
        return errors.of_break(error) if is_within else errors.of(error)

    def failure_of_ending(self, ending: Ending) -> ProviderError | None:
        """Return why an answer is not whole; None if it is."""
        return self._errors.of_ending(ending)

    async def _before_request(self, request: httpx2.Request) -> None:
        self._headers.reduce(str(request.url), request.headers)
        call = Call.current()
        request.extensions["trace"] = ConnectionTrace(call.note_sent if call else None)


class Passage:
    """One answer on its way: enter it to ask, read its chunks, leave it to close the connection.

    Leaving it by a cancel means that nobody wants the answer any more: the connection is closed
    at once, and the profile's cancel request is sent.

    Attributes:
        content_type: Of the answer, in lower case.
        reader: Knows what of the answer has come.
    """

    def __init__(self, endpoint: PassingEndpoint, request: httpx2.Request) -> None:
        self._endpoint = endpoint
        self._request = request
        self._is_over = False
        self._is_reading = False
        self._is_hung_up = False
        self.content_type = ""
        self.reader = ReplyReader()

    async def __aenter__(self) -> Self:
        """Ask, and wait for the head of the answer.

        Raises:
            ProviderError: The endpoint does not answer, or refuses.
        """
        endpoint = self._endpoint
        self._clocks = clocks = endpoint.new_clocks()
        self._call = Call(endpoint.mask, lambda _: None)
        self._opening = endpoint.send(self._call, self._request)
        try:
            await self._connected()
            async with clocks.limit():
                self._response = await self._opening
        except TimeoutError as error:
            await self._close(is_stopped=False)
            raise clocks.ran_out() from error
        except _FAILURES as error:
            await self._close(is_stopped=False)
            raise endpoint.failure(error) from error
        except BaseException:
            await self._close(is_stopped=True)
            raise
        self._is_reading = True
        self.content_type = self._response.headers.get("content-type", "").lower()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        is_stopped = isinstance(error, asyncio.CancelledError | GeneratorExit)
        await self._close(is_stopped=is_stopped)

    def hang_up(self) -> None:
        """Close the connection this moment; whoever reads is expected to be cancelled soon.

        When a thousand clients leave at once, the tasks that serve them come to it one after
        another, and the last endpoint would go on for half a second.
        """
        if not self._is_reading:
            # Read to its end, the connection may serve another question already.
            return
        self._is_reading, self._is_hung_up = False, True
        stream = self._response.extensions.get("network_stream")
        held = stream.get_extra_info("socket") if stream is not None else None
        if held is not None:
            with suppress(OSError):
                held.shutdown(socket.SHUT_RDWR)

    async def chunks(self) -> AsyncGenerator[Piece, None]:
        """Yield what comes, as it comes; nothing is read before it is asked for.

        Raises:
            ProviderError: It broke off, or a clock ran out.
        """
        body = self._response.aiter_bytes()
        reader, clocks = self.reader, self._clocks
        while not reader.is_over:
            data = await self._next(body)
            if data is None:
                break
            deltas = reader.feed(data)
            yield Piece(data, deltas)
            # After handing over: a slow client is not the endpoint's fault.
            has_content = bool(deltas) or _TOOL_CALLS.search(data) is not None
            clocks.read(has_content=has_content, is_finished=reader.is_finished)
            if clocks.is_over and not reader.is_finished:
                raise clocks.ran_out()
        else:
            self._is_reading = False
            if reader.ending().is_too_long:
                raise CutOff(f"The answer is longer than {ANSWER_LIMIT // 1_000_000} MB.")
            yield Piece(await self._rest(body), ())
        if self._is_hung_up:
            return
        last = reader.finish()
        if last:
            clocks.content()
            yield Piece(b"", last)
        self._is_over = True

    async def whole(self) -> tuple[bytes, Sequence[Delta]]:
        """Return all of an answer that is no stream, and what of it is text.

        Raises:
            ProviderError: It broke off, took too long, or is too long.
        """
        data, deltas = bytearray(), list[Any]()
        async for piece in self.chunks():
            data += piece.data
            deltas += piece.deltas
        return bytes(data), deltas

    async def _connected(self) -> None:
        """Wait until the request leaves, or has failed already."""
        both: set[asyncio.Future[Any]] = {self._opening, self._call.sent}
        done, _ = await asyncio.wait(
            both,
            timeout=self._endpoint.profile.timeouts.connect_s,
            return_when=asyncio.FIRST_COMPLETED,
        )
        if not done:
            await self._close(is_stopped=False)
            raise self._clocks.not_connected()
        self._clocks.sent()

    async def _next(self, body: Any) -> bytes | None:
        try:
            async with self._clocks.limit():
                data: bytes | None = await anext(body, None)
        except TimeoutError as error:
            if self.reader.is_finished:
                return None
            raise self._clocks.ran_out() from error
        except _FAILURES as error:
            if self.reader.is_finished or self.reader.is_over or self._is_hung_up:
                return None
            raise self._endpoint.failure(error, is_within=self._clocks.has_content) from error
        self._is_reading = self._is_reading and data is not None
        return data

    async def _rest(self, body: Any) -> bytes:
        """Return what comes after [DONE], mostly nothing but the end of the body."""
        rest = bytearray()
        with suppress(TimeoutError, *_FAILURES):
            async with asyncio.timeout(_AFTER_DONE_S):
                async for data in body:
                    rest += data
                    if len(rest) > ANSWER_LIMIT:
                        break
        return bytes(rest)

    async def _close(self, *, is_stopped: bool) -> None:
        """Close the connection, wherever the request stands."""
        self._is_reading = False
        opening = self._opening
        if not opening.done():
            opening.cancel()
            with suppress(asyncio.CancelledError, *_FAILURES):
                await opening
        if not opening.cancelled() and opening.exception() is None:
            with suppress(*_FAILURES):
                await opening.result().aclose()
        if not self._is_over:
            is_stopped = (is_stopped or self._is_hung_up) and self._call.sent.done()
            self._endpoint.cancel(self.reader.response_id, is_stopped=is_stopped)
            self._is_over = True


def _places(base_url: str) -> Iterator[Secret]:
    """Yield what tells where an endpoint is."""
    parts = urlsplit(base_url)
    for place in (parts.netloc, parts.hostname):
        if place:
            yield Secret(place)
