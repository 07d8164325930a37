"""Serves the requests of clients: who it is, what they may, the answer, the ledger."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from tui_chat.core.errors import (
    BadReply,
    ProviderError,
    RequestRejected,
    StorageError,
    TuiChatError,
)
from tui_chat.core.stream_events import ModelInfo
from tui_chat.gateway.codes.access_codes import given_code, recognised
from tui_chat.gateway.codes.database import Entry
from tui_chat.gateway.codes.limits import Limits, Tally
from tui_chat.gateway.codes.revocation import RevocationWatch
from tui_chat.gateway.http.client_response import ClientDisconnected, ClientResponse
from tui_chat.gateway.http.errors import ErrorReply, of_engine, of_provider
from tui_chat.gateway.proxy.allowed_fields import checked_chat, checked_completion, read_object
from tui_chat.gateway.proxy.message_fields import is_text_only
from tui_chat.gateway.proxy.stream_relay import StreamRelay
from tui_chat.gateway.proxy.token_count import estimated_input

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from starlette.types import Receive, Scope, Send

    from tui_chat.gateway.codes.access_codes import AccessCode
    from tui_chat.gateway.codes.database import GatewayDatabase
    from tui_chat.gateway.codes.ledger import Ledger
    from tui_chat.gateway.http.shutdown import ShutdownFlag
    from tui_chat.gateway.proxy.upstream import Upstream

log = logging.getLogger(__name__)

LEFT_STATUS: Final = 499
"""In the ledger, for a client that left before it got anything (as nginx writes it)."""


@dataclass(slots=True)
class Question:
    """What a client asks."""

    body: dict[str, Any]
    """The fields that go to the endpoint."""
    model: str
    is_streamed: bool
    is_text: bool


@dataclass(slots=True)
class Course:
    """How a request went, for the ledger."""

    code: AccessCode
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    began: float = field(default_factory=time.monotonic)
    tally: Tally = field(default_factory=Tally)
    model: str = ""
    ended: str = "complete"


class CompletionService:
    """What the requests share."""

    def __init__(
        self, upstream: Upstream, records: GatewayDatabase, ledger: Ledger, stopping: ShutdownFlag
    ) -> None:
        """Prepare.

        Args:
            upstream: What answers.
            records: Knows the codes, and what they have used.
            ledger: Where every request is written down.
            stopping: Whether the gateway is about to end.
        """
        self._upstream = upstream
        self._records = records
        self._ledger = ledger
        self._stopping = stopping
        self._limits = Limits(records.tokens_since)
        self._validity = RevocationWatch(records)

    @property
    def is_stopping(self) -> bool:
        """Whether the gateway is about to end."""
        return self._stopping.has_begun

    async def completions(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer POST /v1/chat/completions."""
        await self._serve(ClientResponse(scope, receive, send, is_text=False), is_text=False)

    async def chat(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer POST /api/chat."""
        await self._serve(ClientResponse(scope, receive, send, is_text=True), is_text=True)

    async def models(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer GET /v1/models with those that the code may use."""
        reply = ClientResponse(scope, receive, send, is_text=False)
        with suppress(ClientDisconnected):
            try:
                listed = await self._listed(self._authorised(reply))
            except ErrorReply as refusal:
                await reply.refuse(refusal)
            else:
                await reply.whole("application/json", listed)

    async def _serve(self, reply: ClientResponse, *, is_text: bool) -> None:
        try:
            course = Course(self._authorised(reply))
        except ErrorReply as refusal:
            with suppress(ClientDisconnected):
                await reply.refuse(refusal)
            return
        try:
            await self._answer(reply, course, is_text=is_text)
        except ClientDisconnected:
            course.ended = "left"
        except BaseException:
            course.ended = "failed"
            raise
        finally:
            self._note(reply, course)

    async def _answer(self, reply: ClientResponse, course: Course, *, is_text: bool) -> None:
        """Answer a request of somebody who may ask.

        Raises:
            ClientDisconnected: The client does not wait for it.
        """
        try:
            body = read_object(await reply.body())
            question = self._text_question(body) if is_text else self._completion_question(body)
            course.model = question.model = await self._model(course.code, question)
            course.tally.input_tokens = estimated_input(question.body["messages"])
            with self._limits.admitted(course.code, course.tally):
                await self._raced(self._relayed(question, reply, course), reply, course)
        except ErrorReply as refusal:
            course.ended = "failed" if reply.has_begun or refusal.status >= 500 else "refused"
            if refusal.code in (_STOPPED, _REVOKED):
                course.ended = "stopped"
            if not course.tally.output_tokens and not reply.has_begun:
                course.tally = Tally(is_estimated=False)
            await reply.refuse(refusal)

    async def _raced(
        self, work: Coroutine[Any, Any, None], reply: ClientResponse, course: Course
    ) -> None:
        """Answer until the answer ends, the client leaves, or it must end.

        It must when the gateway does, and when the code is no longer valid.

        Raises:
            ClientDisconnected: The client left first; the endpoint has seen the connection close.
            ErrorReply: There is no answer, or no whole one.
        """
        loop = asyncio.get_running_loop()
        answering = loop.create_task(work)
        leaving = loop.create_task(reply.left())
        ending = loop.create_task(self._stopping.over.wait())
        revoking = loop.create_task(self._validity.ended(course.code))
        tasks = (answering, leaving, ending, revoking)
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
        is_whole = not answering.cancelled() and answering.exception() is None
        if reply.has_left and not (is_whole and course.ended == "complete"):
            # What the endpoint's connection says after it was closed is no failure of its own.
            raise ClientDisconnected
        if not answering.cancelled():
            answering.result()
        elif not revoking.cancelled():
            words = "The access code has been revoked, or its time is over."
            raise ErrorReply(401, _REVOKED, words)
        else:
            raise ErrorReply(503, _STOPPED, "The gateway is being stopped. Ask again in a while.")

    async def _relayed(self, question: Question, reply: ClientResponse, course: Course) -> None:
        """Ask the endpoint and pass its answer on.

        Raises:
            ErrorReply: It gives none, or no whole one.
        """
        try:
            endpoint = await self._upstream.endpoint()
            body = self._upstream.body(question.body, question.model)
            relay = StreamRelay(endpoint, reply, course.tally)
            if question.is_text:
                is_whole = await relay.text(body, is_streamed=question.is_streamed)
            else:
                is_whole = await relay.completion(body)
        except ProviderError as error:
            raise of_provider(error) from error
        except TuiChatError as error:
            log.error("the endpoint cannot be asked: %s", error.message)
            raise of_engine(error) from error
        if not is_whole:
            course.ended = "failed"

    def _authorised(self, reply: ClientResponse) -> AccessCode:
        """Return the code of a request.

        Raises:
            ErrorReply: It has none that is valid, or the gateway is being stopped.
        """
        if self.is_stopping:
            raise ErrorReply(503, _STOPPED, "The gateway is being stopped. Ask again in a while.")
        try:
            codes = self._records.codes()
        except StorageError as error:
            log.error("the codes cannot be read: %s", error.message)
            words = "The gateway cannot read its access codes. Tell whoever runs it."
            raise ErrorReply(503, "records_unreadable", words) from error
        code = recognised(given_code(reply.headers), codes, datetime.now(UTC))
        if code is None:
            raise ErrorReply(
                401,
                "invalid_access_code",
                "The access code is missing or not valid. Ask whoever runs the gateway for one.",
            )
        return code

    async def _model(self, code: AccessCode, question: Question) -> str:
        """Return the model that answers.

        Raises:
            ErrorReply: The code may not use it, or there is none.
        """
        model = question.model
        if not model and code.allowance.models:
            model = code.allowance.models[0]
        model = model or self._upstream.profile.model or await self._first_offered()
        if not code.may_use(model):
            may = ", ".join(code.allowance.models or ())
            words = f"This access code may not use the model “{model}”. It may use: {may}."
            raise ErrorReply(403, "model_not_allowed", words, param="model")
        return model

    async def _first_offered(self) -> str:
        for model in await self._offered():
            return str(model["id"])
        raise ErrorReply(400, "invalid_field", "“model” is missing.", param="model")

    async def _listed(self, code: AccessCode) -> bytes:
        offers = [model for model in await self._offered() if code.may_use(model["id"])]
        return json.dumps({"object": "list", "data": offers}).encode()

    async def _offered(self) -> list[dict[str, Any]]:
        """Return what the endpoint offers, as objects; its own model if it does not say."""
        try:
            offers = await self._upstream.offers()
        except ProviderError as error:
            model = self._upstream.profile.model
            if model is None or not isinstance(error, BadReply | RequestRejected):
                raise of_provider(error) from error
            offers = [ModelInfo(model)]
        except TuiChatError as error:
            raise of_engine(error) from error
        return [
            {"id": offer.id, "object": "model", "created": 0, "owned_by": "gateway"}
            | ({"context_length": offer.context_tokens} if offer.context_tokens else {})
            for offer in offers
        ]

    def _completion_question(self, body: dict[str, Any]) -> Question:
        asked = checked_completion(body)
        if self._upstream.profile.is_embedded and not is_text_only(asked["messages"]):
            raise ErrorReply(400, "invalid_field", "This model reads text only.", param="messages")
        model = asked.pop("model", "")
        return Question(asked, model, bool(asked.get("stream")), is_text=False)

    def _text_question(self, body: dict[str, Any]) -> Question:
        nickname, messages, is_streamed = checked_chat(body)
        system = {"role": "system", "content": self._system_prompt(nickname)}
        asked = {"messages": [system, *messages], "stream": is_streamed}
        return Question(asked, "", is_streamed, is_text=True)

    def _system_prompt(self, nickname: str) -> str:
        """Return the profile's prompt, in which the nickname stands in any case."""
        prompt = self._upstream.profile.system_prompt or _PROMPT
        if nickname and "{nickname}" not in prompt:
            prompt = f"{prompt} {_NAMED}"
        return prompt.replace("{nickname}", nickname or _NOBODY)

    def _note(self, reply: ClientResponse, course: Course) -> None:
        self._ledger.note(
            Entry(
                code_id=course.code.id,
                at=course.at,
                model=course.model,
                input_tokens=course.tally.input_tokens,
                output_tokens=course.tally.output_tokens,
                is_estimated=course.tally.is_estimated and course.tally.total > 0,
                status=reply.status or LEFT_STATUS,
                ended=course.ended,
                duration_ms=round((time.monotonic() - course.began) * 1000),
            )
        )


_STOPPED: Final = "gateway_stopping"
_REVOKED: Final = "access_code_ended"
_PROMPT: Final = "You are a helpful assistant."
_NAMED: Final = "You are talking with {nickname}."
_NOBODY: Final = "the user"
