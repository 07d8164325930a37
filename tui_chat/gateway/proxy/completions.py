"""Serves requests for completions: authorization, limits, relaying, and the ledger."""

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
from tui_chat.gateway.codes.access_codes import code_from_headers, find_valid_code
from tui_chat.gateway.codes.database import LedgerEntry
from tui_chat.gateway.codes.limits import Limits, TokenCount
from tui_chat.gateway.codes.revocation import RevocationWatch
from tui_chat.gateway.http.client_response import ClientDisconnected, ClientResponse
from tui_chat.gateway.http.errors import ErrorReply, from_engine_error, from_provider_error
from tui_chat.gateway.proxy.allowed_fields import checked_chat, checked_completion, read_object
from tui_chat.gateway.proxy.message_fields import estimate_input_tokens, is_text_only
from tui_chat.gateway.proxy.stream_relay import StreamRelay

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from starlette.types import Receive, Scope, Send

    from tui_chat.gateway.codes.access_codes import AccessCode
    from tui_chat.gateway.codes.database import GatewayDatabase
    from tui_chat.gateway.codes.ledger import Ledger
    from tui_chat.gateway.http.server import ShutdownFlag
    from tui_chat.gateway.proxy.upstream import Upstream

log = logging.getLogger(__name__)

DISCONNECTED_STATUS: Final = 499
"""Ledger status of a client that disconnected before the response (the code that nginx uses)."""


@dataclass(slots=True)
class ClientRequest:
    """A validated request of a client."""

    body: dict[str, Any]
    """Fields to send to the endpoint."""
    model: str
    is_streamed: bool
    is_text: bool


@dataclass(slots=True)
class RequestRecord:
    """Progress of a request, for the ledger."""

    code: AccessCode
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    began: float = field(default_factory=time.monotonic)
    tokens: TokenCount = field(default_factory=TokenCount)
    model: str = ""
    ended: str = "complete"


class CompletionService:
    """Serves all requests for completions and models."""

    def __init__(
        self, upstream: Upstream, database: GatewayDatabase, ledger: Ledger, stopping: ShutdownFlag
    ) -> None:
        """Create the service.

        Args:
            upstream: The endpoint.
            database: Provides the codes and their usage.
            ledger: Records every request.
            stopping: State of the shutdown.
        """
        self._upstream = upstream
        self._database = database
        self._ledger = ledger
        self._stopping = stopping
        self._limits = Limits(database.tokens_since)
        self._revocation = RevocationWatch(database)

    @property
    def is_stopping(self) -> bool:
        """Return whether the gateway is shutting down."""
        return self._stopping.has_begun

    async def completions(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle POST /v1/chat/completions."""
        await self._serve(ClientResponse(scope, receive, send, is_text=False), is_text=False)

    async def chat(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle POST /api/chat."""
        await self._serve(ClientResponse(scope, receive, send, is_text=True), is_text=True)

    async def models(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle GET /v1/models: list the models that the code allows."""
        reply = ClientResponse(scope, receive, send, is_text=False)
        with suppress(ClientDisconnected):
            try:
                listed = await self._model_list(self._authorized(reply))
            except ErrorReply as error:
                await reply.send_error(error)
            else:
                await reply.send_whole("application/json", listed)

    async def _serve(self, reply: ClientResponse, *, is_text: bool) -> None:
        try:
            record = RequestRecord(self._authorized(reply))
        except ErrorReply as error:
            with suppress(ClientDisconnected):
                await reply.send_error(error)
            return
        try:
            await self._answer(reply, record, is_text=is_text)
        except ClientDisconnected:
            record.ended = "left"
        except BaseException:
            record.ended = "failed"
            raise
        finally:
            self._record(reply, record)

    async def _answer(self, reply: ClientResponse, record: RequestRecord, *, is_text: bool) -> None:
        """Handle an authorized request.

        Raises:
            ClientDisconnected: The client disconnected.
        """
        try:
            body = read_object(await reply.body())
            request = self._chat_request(body) if is_text else self._completion_request(body)
            record.model = request.model = await self._model(record.code, request)
            record.tokens.input_tokens = estimate_input_tokens(request.body["messages"])
            with self._limits.admitted(record.code, record.tokens):
                await self._raced(self._relayed(request, reply, record), reply, record)
        except ErrorReply as error:
            record.ended = "failed" if reply.has_begun or error.status >= 500 else "refused"
            if error.code in (_STOPPED, _REVOKED):
                record.ended = "stopped"
            if not record.tokens.output_tokens and not reply.has_begun:
                record.tokens = TokenCount(is_estimated=False)
            await reply.send_error(error)

    async def _raced(
        self, work: Coroutine[Any, Any, None], reply: ClientResponse, record: RequestRecord
    ) -> None:
        """Relay until the response ends, the client disconnects, or the request must stop.

        It must stop at the end of the gateway's grace period, and when the code becomes invalid.

        Raises:
            ClientDisconnected: The client disconnected; the connection to the endpoint is closed.
            ErrorReply: The response failed or is incomplete.
        """
        loop = asyncio.get_running_loop()
        answering = loop.create_task(work)
        leaving = loop.create_task(reply.wait_disconnected())
        ending = loop.create_task(self._stopping.over.wait())
        revoking = loop.create_task(self._revocation.wait_invalid(record.code))
        tasks = (answering, leaving, ending, revoking)
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
        is_whole = not answering.cancelled() and answering.exception() is None
        if reply.is_disconnected and not (is_whole and record.ended == "complete"):
            # After a disconnect, errors of the closed endpoint connection are expected.
            raise ClientDisconnected
        if not answering.cancelled():
            answering.result()
        elif not revoking.cancelled():
            raise ErrorReply(401, _REVOKED, "The access code was revoked or has expired.")
        else:
            raise ErrorReply(503, _STOPPED, _STOPPING_MESSAGE)

    async def _relayed(
        self, request: ClientRequest, reply: ClientResponse, record: RequestRecord
    ) -> None:
        """Send the request to the endpoint and relay its response.

        Raises:
            ErrorReply: The response failed or is incomplete.
        """
        try:
            endpoint = await self._upstream.endpoint()
            body = self._upstream.body(request.body, request.model)
            relay = StreamRelay(endpoint, reply, record.tokens)
            if request.is_text:
                is_whole = await relay.text(body, is_streamed=request.is_streamed)
            else:
                is_whole = await relay.completion(body)
        except ProviderError as error:
            raise from_provider_error(error) from error
        except TuiChatError as error:
            log.error("the endpoint is unusable: %s", error.message)
            raise from_engine_error(error) from error
        if not is_whole:
            record.ended = "failed"

    def _authorized(self, reply: ClientResponse) -> AccessCode:
        """Return the code of a request.

        Raises:
            ErrorReply: There is no valid code, or the gateway is shutting down.
        """
        if self.is_stopping:
            raise ErrorReply(503, _STOPPED, _STOPPING_MESSAGE)
        try:
            codes = self._database.codes()
        except StorageError as error:
            log.error("the codes cannot be read: %s", error.message)
            message = "The gateway cannot read its access codes. Contact its operator."
            raise ErrorReply(503, "records_unreadable", message) from error
        code = find_valid_code(code_from_headers(reply.headers), codes, datetime.now(UTC))
        if code is None:
            raise ErrorReply(
                401,
                "invalid_access_code",
                "The access code is missing or invalid. Ask the gateway's operator for one.",
            )
        return code

    async def _model(self, code: AccessCode, request: ClientRequest) -> str:
        """Return the model for a request.

        Raises:
            ErrorReply: The code does not allow the model, or there is none.
        """
        model = request.model
        if not model and code.limits.models:
            model = code.limits.models[0]
        model = model or self._upstream.profile.model or await self._first_offered()
        if not code.may_use(model):
            allowed = ", ".join(code.limits.models or ())
            message = f"This access code does not allow the model “{model}”. Allowed: {allowed}."
            raise ErrorReply(403, "model_not_allowed", message, param="model")
        return model

    async def _first_offered(self) -> str:
        for model in await self._offered():
            return str(model["id"])
        raise ErrorReply(400, "invalid_field", "“model” is missing.", param="model")

    async def _model_list(self, code: AccessCode) -> bytes:
        models = [model for model in await self._offered() if code.may_use(model["id"])]
        return json.dumps({"object": "list", "data": models}).encode()

    async def _offered(self) -> list[dict[str, Any]]:
        """Return the endpoint's models as JSON objects; the profile's model if it has no list."""
        try:
            models = await self._upstream.models()
        except ProviderError as error:
            model = self._upstream.profile.model
            if model is None or not isinstance(error, BadReply | RequestRejected):
                raise from_provider_error(error) from error
            models = [ModelInfo(model)]
        except TuiChatError as error:
            raise from_engine_error(error) from error
        return [
            {"id": offer.id, "object": "model", "created": 0, "owned_by": "gateway"}
            | ({"context_length": offer.context_tokens} if offer.context_tokens else {})
            for offer in models
        ]

    def _completion_request(self, body: dict[str, Any]) -> ClientRequest:
        fields = checked_completion(body)
        if self._upstream.profile.is_embedded and not is_text_only(fields["messages"]):
            raise ErrorReply(400, "invalid_field", "This model reads text only.", param="messages")
        model = fields.pop("model", "")
        return ClientRequest(fields, model, bool(fields.get("stream")), is_text=False)

    def _chat_request(self, body: dict[str, Any]) -> ClientRequest:
        nickname, messages, is_streamed = checked_chat(body)
        system = {"role": "system", "content": self._system_prompt(nickname)}
        fields = {"messages": [system, *messages], "stream": is_streamed}
        return ClientRequest(fields, "", is_streamed, is_text=True)

    def _system_prompt(self, nickname: str) -> str:
        """Return the profile's system prompt, with the nickname inserted or appended."""
        prompt = self._upstream.profile.system_prompt or _PROMPT
        if nickname and "{nickname}" not in prompt:
            prompt = f"{prompt} {_NICKNAME_SENTENCE}"
        return prompt.replace("{nickname}", nickname or _DEFAULT_NICKNAME)

    def _record(self, reply: ClientResponse, record: RequestRecord) -> None:
        self._ledger.record(
            LedgerEntry(
                code_id=record.code.id,
                at=record.at,
                model=record.model,
                input_tokens=record.tokens.input_tokens,
                output_tokens=record.tokens.output_tokens,
                is_estimated=record.tokens.is_estimated and record.tokens.total > 0,
                status=reply.status or DISCONNECTED_STATUS,
                ended=record.ended,
                duration_ms=round((time.monotonic() - record.began) * 1000),
            )
        )


_STOPPED: Final = "gateway_stopping"
_STOPPING_MESSAGE: Final = "The gateway is shutting down. Try again later."
_REVOKED: Final = "access_code_ended"
_PROMPT: Final = "You are a helpful assistant."
_NICKNAME_SENTENCE: Final = "You are talking with {nickname}."
_DEFAULT_NICKNAME: Final = "the user"
