"""The chat's provider: asks an OpenAI-compatible endpoint and yields its answer as events."""

from __future__ import annotations

import asyncio
import re
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from tui_chat.core.errors import ProviderError, RequestRejected
from tui_chat.core.stream_events import Finished, Phase, Retrying, Waiting
from tui_chat.core.text.sanitize import sanitize_line
from tui_chat.providers.endpoint import Endpoint
from tui_chat.providers.request_body import request_body
from tui_chat.providers.retry_policy import RetryPause, pause_before_retry, reason_words

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from tui_chat.core.http_exchange import Exchange
    from tui_chat.core.profile import Profile, Secret
    from tui_chat.core.request import CompletionRequest
    from tui_chat.core.stream_events import ModelInfo, StreamEvent
    from tui_chat.providers.completion import Completion
    from tui_chat.providers.stream.reply_parser import ReplyReader

_STREAM_OPTIONS: Final = re.compile(r"stream_options|include_usage")
_BREATH_S: Final = 0.001
"""In a flood, how long deltas are handed over before the loop may do something else."""
_REASON_LIMIT: Final = 60
_NAME_LIMIT: Final = 200


class OpenAICompatible:
    """A profile's endpoint, ready to be asked.

    Attributes:
        exchange: The latest request for a completion, as it went over the wire.
        mask: Removes this profile's secrets from a text.
    """

    def __init__(self, profile: Profile, key: Secret | None) -> None:
        """Open the client; nothing is sent.

        Args:
            profile: Where and how to ask.
            key: Sent as a bearer token; None for an endpoint that wants none.

        Raises:
            ConfigError: A certificate file or a proxy setting cannot be used.
            KeyRefused: The key holds a character that cannot be sent.
        """
        self._profile = profile
        self._endpoint = Endpoint(profile, key)
        self.mask = self._endpoint.mask
        self.exchange: Exchange | None = None
        self._pause = RetryPause()
        self._with_usage = True
        self._first_model: str | None = None

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
                reason = reason_words(error)
                yield Retrying(attempt + 1, attempts, pause_s, reason, error.server_message)
            await self._pause.wait(pause_s)
            yield Waiting(Phase.CONNECTING)

    def retry_now(self) -> None:
        """End the pause before the next try, if there is one."""
        self._pause.end()

    async def models(self) -> list[ModelInfo]:
        """Return what the endpoint offers.

        Raises:
            ProviderError: It cannot be asked, or what it says is no list of models.
        """
        return await self._endpoint.models()

    async def aclose(self) -> None:
        """Close all connections; a cancel request that is under way may end."""
        await self._endpoint.aclose()

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
            words = f"{error.server_message} {error.body}"
            if not (self._with_usage and request.stream and _STREAM_OPTIONS.search(words)):
                raise
        self._with_usage = False
        async with aclosing(self._ask(request)) as events:
            async for event in events:
                yield event

    async def _ask(self, request: CompletionRequest) -> AsyncGenerator[StreamEvent, None]:
        body = request_body(request, with_usage=self._with_usage)
        async with self._endpoint.completion(body, on_exchange=self._note_exchange) as completion:
            await completion.sent()
            yield Waiting(Phase.FIRST_TOKEN)
            await completion.head()
            async with aclosing(_deltas(completion)) as deltas:
                async for delta in deltas:
                    yield delta
            finished = self._finished(completion.reader)
            completion.end(f"complete: {finished.reason}")
            yield finished

    def _finished(self, reader: ReplyReader) -> Finished:
        ending = reader.ending()
        failure = self._endpoint.failure_of_ending(ending)
        if failure is not None:
            raise failure
        # All of it comes from outside, and the user reads it.
        reason = "refusal" if ending.is_refusal else ending.finish_reason or "stop"
        reason = sanitize_line(self.mask(reason), _REASON_LIMIT)
        detail = ", ".join(name for name in ending.tools if name)
        model = sanitize_line(self.mask(ending.model), _NAME_LIMIT) if ending.model else None
        return Finished(
            reason,
            ending.usage,
            sanitize_line(self.mask(detail), _NAME_LIMIT),
            model or None,
            lost_events=ending.lost_events,
        )

    def _note_exchange(self, exchange: Exchange) -> None:
        self.exchange = exchange


async def _deltas(completion: Completion) -> AsyncGenerator[StreamEvent, None]:
    """Yield the text of an answer, and let the loop do something else in a flood."""
    clock = asyncio.get_running_loop().time
    breath = clock()
    async with aclosing(completion.pieces()) as pieces:
        async for piece in pieces:
            for delta in piece.deltas:
                yield delta
                if clock() - breath > _BREATH_S:
                    await asyncio.sleep(0)
                    breath = clock()
