"""The chat's provider: streams completions of an OpenAI-compatible endpoint as events."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from tui_chat.config.expiring_store import ExpiringStore
from tui_chat.core.errors import BadReply, ProviderError, RequestRejected, ServerFailed
from tui_chat.core.labels import _
from tui_chat.core.stream_events import (
    Finished,
    Phase,
    RequestAdjusted,
    Retrying,
    Waiting,
    is_cut,
)
from tui_chat.core.text.sanitize import sanitize_line
from tui_chat.providers.address_fallback import deployment_of
from tui_chat.providers.endpoint import Endpoint
from tui_chat.providers.learned_rules import LearnedRules, notices_of_parts
from tui_chat.providers.message_parts import PART_TYPES
from tui_chat.providers.request_body import request_body
from tui_chat.providers.retry_policy import RetryPause, pause_before_retry, retry_reason

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

    from tui_chat.core.http_exchange import Exchange
    from tui_chat.core.profile import Profile, Secret
    from tui_chat.core.request import CompletionRequest
    from tui_chat.core.stream_events import ModelInfo, StreamEvent
    from tui_chat.core.tools.tool import Tool
    from tui_chat.providers.completion import Completion
    from tui_chat.providers.stream.reply_parser import ReplyParser

_MAX_LESSONS: Final = 4
"""The most times that a request is adjusted to the refusals of an endpoint."""
_BEFORE_CONTENT: Final = (Waiting, RequestAdjusted)
_YIELD_EVERY_S: Final = 0.001
"""In a flood of deltas, how long the generator runs before it yields to the event loop."""
_REASON_LIMIT: Final = 60
_NAME_LIMIT: Final = 200


class OpenAICompatible:
    """Provider for the endpoint of one profile.

    Attributes:
        exchange: The latest request for a completion and its response, as sent over the wire.
        mask: Redacts this profile's secrets in a text.
    """

    def __init__(
        self, profile: Profile, key: Secret | None, store: ExpiringStore | None = None
    ) -> None:
        """Open the client; nothing is sent.

        Args:
            profile: The endpoint and its settings.
            key: Sent as a bearer token; None for an endpoint that needs none.
            store: Remembers what endpoints refuse; None to remember it for this provider only.

        Raises:
            ConfigError: A certificate file or a proxy setting is unusable.
            KeyRefused: The key contains a character that cannot be sent.
        """
        self._profile = profile
        self._endpoint = Endpoint(profile, key)
        self.mask = self._endpoint.mask
        self.exchange: Exchange | None = None
        self._pause = RetryPause()
        self._rules = LearnedRules(store or ExpiringStore(None), profile.base_url)
        self._first_model: str | None = None
        self._listed: dict[str, ModelInfo] = {}
        """The models by id, once they were listed."""

    async def stream(self, request: CompletionRequest) -> AsyncGenerator[StreamEvent, None]:
        """Send a request and yield its events; `Finished` is the last event of a complete reply.

        Closing the generator closes the connection.

        Raises:
            ProviderError: The reply is incomplete; the events yielded before remain valid.
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
                        has_content = has_content or not isinstance(event, _BEFORE_CONTENT)
                        if isinstance(event, Finished) and not names_model:
                            event = replace(event, asked_model=request.model)
                        yield event
                return
            except ProviderError as error:
                pause_s = pause_before_retry(error, attempt)
                if has_content or pause_s is None or attempt == attempts:
                    raise
                reason = retry_reason(error)
                yield Retrying(attempt + 1, attempts, pause_s, reason, error.server_message)
            await self._pause.wait(pause_s)
            yield Waiting(Phase.CONNECTING)

    def refused_parts(self, model: str) -> frozenset[str]:
        """Return the types of message parts that a model is known not to accept.

        It is known from the list of models, where that tells, and from earlier refusals.
        """
        refused = self._rules.refused_parts(model)
        listed = self._listed.get(model)
        is_text_only = listed is not None and listed.accepts_pictures is False
        return refused | {"image_url"} if is_text_only else refused

    def retry_now(self) -> None:
        """End the pause before the next attempt, if there is one."""
        self._pause.end()

    async def models(self) -> list[ModelInfo]:
        """Return the models that the endpoint offers.

        Raises:
            ProviderError: The request failed, or the response is not a list of models.
        """
        models = await self._endpoint.models()
        self._listed = {it.id: it for it in models}
        return models

    async def aclose(self) -> None:
        """Close all connections; a pending cancel request may finish."""
        await self._endpoint.aclose()

    async def _with_model(self, request: CompletionRequest) -> CompletionRequest:
        """Use the first model that the endpoint offers if the request names none."""
        if request.model:
            return request
        if self._first_model is None:
            # A deployment of Azure has no list; its URL names the model.
            self._first_model = deployment_of(self._profile.base_url)
        if self._first_model is None:
            models = await self.models()
            if not models:
                summary = _("{host} offers no models.").format(host=self._profile.host)
                raise RequestRejected(summary, _("Set `model` in the profile, or use --model."))
            self._first_model = models[0].id
        return replace(request, model=self._first_model)

    async def _attempt(self, request: CompletionRequest) -> AsyncGenerator[StreamEvent, None]:
        """Send the request; repeat it without what the endpoint refuses in it."""
        first: ProviderError | None = None
        for notice in self._omissions(request):
            yield RequestAdjusted(notice)
        for lesson in range(_MAX_LESSONS + 1):
            body = self._rules.apply(await self._body(request))
            tools = request.tools if "tools" in body else {}
            try:
                async with aclosing(self._ask(body, tools)) as events:
                    async for event in events:
                        yield event
            except (RequestRejected, ServerFailed, BadReply) as error:
                first = first or error
                message = self._adjusted(error, body) if lesson < _MAX_LESSONS else None
                if message is None:
                    self._rules.give_up(request.model)
                    # The configured address says more than the other ones that were tried.
                    raise (first if error.cause == "url" else error) from None
                if message:
                    yield RequestAdjusted(message)
            else:
                self._rules.confirm(request.model)
                return

    def _adjusted(self, error: ProviderError, body: dict[str, Any]) -> str | None:
        """Learn from a refusal; return a notice for the user, None if it teaches nothing."""
        if error.cause == "url":
            return self._endpoint.next_address() or None
        rule = self._rules.learn(error, body)
        return None if rule is None else rule.message

    def _omissions(self, request: CompletionRequest) -> list[str]:
        """Return notices of what the model is known to refuse in the new question.

        Said every time: without the notice the user would think that the model saw the picture.
        """
        attached = {it.sent_as for it in request.messages[-1].attachments}
        kinds = {PART_TYPES[way] for way in attached if way in PART_TYPES}
        notices = notices_of_parts(kinds & self.refused_parts(request.model))
        return notices + (self._rules.notices_of_tools(request.model) if request.tools else [])

    async def _body(self, request: CompletionRequest) -> dict[str, Any]:
        refused = self.refused_parts(request.model)
        if any(message.attachments for message in request.messages):
            return await asyncio.to_thread(request_body, request, refused_parts=refused)
        return request_body(request)

    async def _ask(
        self, body: dict[str, Any], tools: Mapping[str, Tool]
    ) -> AsyncGenerator[StreamEvent, None]:
        sending = self._endpoint.completion(body, on_exchange=self._set_exchange, tools=tools)
        async with sending as completion:
            await completion.sent()
            yield Waiting(Phase.FIRST_TOKEN)
            await completion.head()
            async with aclosing(_deltas(completion)) as deltas:
                async for delta in deltas:
                    yield delta
            finished = self._finished(completion.reader)
            completion.end(_("complete: {reason}").format(reason=finished.reason))
            yield finished

    def _finished(self, reader: ReplyParser) -> Finished:
        ending = reader.ending()
        failure = self._endpoint.failure_of_ending(ending)
        if failure is not None:
            raise failure
        # Untrusted text that is shown to the user.
        reason = "refusal" if ending.is_refusal else ending.finish_reason or "stop"
        reason = sanitize_line(self.mask(reason), _REASON_LIMIT)
        calls = () if is_cut(reason) or not ending.has_tools else ending.calls
        detail = "" if calls else ", ".join(it.name for it in ending.calls if it.name)
        model = sanitize_line(self.mask(ending.model), _NAME_LIMIT) if ending.model else None
        return Finished(
            reason,
            ending.usage,
            sanitize_line(self.mask(detail), _NAME_LIMIT),
            model or None,
            lost_events=ending.lost_events,
            extras=ending.extras,
            calls=calls,
        )

    def _set_exchange(self, exchange: Exchange) -> None:
        self.exchange = exchange


async def _deltas(completion: Completion) -> AsyncGenerator[StreamEvent, None]:
    """Yield the text of a reply; yield to the event loop regularly in a flood."""
    clock = asyncio.get_running_loop().time
    yielded_at = clock()
    async with aclosing(completion.pieces()) as pieces:
        async for piece in pieces:
            for delta in piece.deltas:
                yield delta
                if clock() - yielded_at > _YIELD_EVERY_S:
                    await asyncio.sleep(0)
                    yielded_at = clock()
