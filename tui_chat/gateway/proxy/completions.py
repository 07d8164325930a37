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

from tui_chat.core.cost.price import FREE
from tui_chat.core.errors import ProviderError, TuiChatError
from tui_chat.gateway.codes.access_codes import code_from_headers, find_valid_code
from tui_chat.gateway.http.client_response import ClientDisconnected, ClientResponse
from tui_chat.gateway.http.errors import ErrorReply, from_engine_error, from_provider_error
from tui_chat.gateway.http.json_body import parse_object
from tui_chat.gateway.http.observers import FinishedRequest
from tui_chat.gateway.proxy.allowed_fields import checked_chat, checked_completion
from tui_chat.gateway.proxy.input_estimate import estimate_input_tokens
from tui_chat.gateway.proxy.message_fields import is_text_only
from tui_chat.gateway.proxy.meter import Meter
from tui_chat.gateway.proxy.output_limit import ask_for_usage, limit_output, wanted_output
from tui_chat.gateway.proxy.owner_caps import apply_caps
from tui_chat.gateway.proxy.stream_relay import StreamRelay
from tui_chat.gateway.store.reservations import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence

    from starlette.types import Receive, Scope, Send

    from tui_chat.core.profile import Profile
    from tui_chat.gateway.codes.access_codes import AccessCode
    from tui_chat.gateway.codes.accounting import Accounting
    from tui_chat.gateway.codes.revocation import RevocationWatch
    from tui_chat.gateway.http.load_limits import BodyMemory, LoadLimits
    from tui_chat.gateway.http.server import ShutdownFlag
    from tui_chat.gateway.proxy.catalog import Catalog, ChosenModel
    from tui_chat.gateway.proxy.upstream import Upstream
    from tui_chat.gateway.store.reservations import Admission
    from tui_chat.providers.endpoint import Endpoint

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
    shows_usage: bool = True
    """True if the client asked for the usage of a stream."""
    nickname: str = ""
    upstream: Upstream | None = None
    """The endpoint of its model, once that is known."""

    async def endpoint(self) -> Endpoint:
        """Return the open endpoint of a prepared request.

        Raises:
            TuiChatError: The endpoint cannot be used.
        """
        assert self.upstream is not None  # noqa: S101 - set when the request is prepared
        return await self.upstream.endpoint()


@dataclass(slots=True)
class RequestRecord:
    """Progress of a request, for the ledger."""

    admission: Admission
    meter: Meter
    began: float = field(default_factory=time.monotonic)
    ended: str = "complete"

    @property
    def code(self) -> AccessCode:
        """The access code of the request."""
        return self.admission.code


class CompletionService:
    """Serves all requests for completions and models."""

    def __init__(
        self,
        catalog: Catalog,
        accounting: Accounting,
        revocation: RevocationWatch,
        stopping: ShutdownFlag,
        load: LoadLimits,
        observers: Sequence[Callable[[FinishedRequest], None]] = (),
    ) -> None:
        """Create the service.

        Args:
            catalog: The models and their endpoints.
            accounting: Admits and records every request.
            revocation: Tells when a code becomes invalid.
            stopping: State of the shutdown.
            load: Limits of all clients together.
            observers: Called with each finished request.
        """
        self._observers = observers
        self._load = load
        self._catalog = catalog
        self._accounting = accounting
        self._stopping = stopping
        self._revocation = revocation

    @property
    def is_stopping(self) -> bool:
        """Return whether the gateway is shutting down."""
        return self._stopping.has_begun

    async def is_ready(self) -> bool:
        """Return whether the records can be read, so that requests can be served."""
        try:
            await self._accounting.codes()
        except ErrorReply:
            return False
        return True

    async def completions(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle POST /v1/chat/completions."""
        await self._serve(ClientResponse(scope, receive, send, is_text=False), is_text=False)

    async def chat(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle POST /api/chat."""
        await self._serve(ClientResponse(scope, receive, send, is_text=True), is_text=True)

    async def model(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle GET /v1/models/{id}."""
        reply = ClientResponse(scope, receive, send, is_text=False)
        await self._serve_list(reply, str(scope["path_params"]["id"]))

    async def models(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle GET /v1/models: list the models that the code allows."""
        await self._serve_list(ClientResponse(scope, receive, send, is_text=False))

    async def _serve_list(self, reply: ClientResponse, wanted: str | None = None) -> None:
        """Send the list of models, or one of it; it counts as a request."""
        with suppress(ClientDisconnected):
            try:
                code = await self._authorized(reply)
                admission = await self._accounting.admit(code)
            except ErrorReply as error:
                await reply.send_error(error)
                return
            record = RequestRecord(admission, Meter(self._accounting))
            try:
                listed = await self._catalog.listed(code, wanted)
            except ErrorReply as error:
                record.ended = "failed" if error.status >= 500 else "refused"
                await reply.send_error(error)
            else:
                await reply.send_whole("application/json", json.dumps(listed).encode())
            finally:
                self._record(reply, record)

    async def _serve(self, reply: ClientResponse, *, is_text: bool) -> None:
        with suppress(ClientDisconnected):
            try:
                with self._load.request() as memory:
                    await self._admitted(reply, memory, is_text=is_text)
            except ErrorReply as error:
                await reply.send_error(error)

    async def _admitted(self, reply: ClientResponse, memory: BodyMemory, *, is_text: bool) -> None:
        """Serve a request; its code, rate and size are checked before its body is read.

        Raises:
            ErrorReply: The request is not admitted.
        """
        code = await self._authorized(reply)
        admission = await self._accounting.admit(code)
        record = RequestRecord(admission, Meter(self._accounting))
        try:
            await self._answer(reply, record, memory, is_text=is_text)
        except ClientDisconnected:
            record.ended = "left"
        except BaseException:
            record.ended = "failed"
            raise
        finally:
            self._record(reply, record)

    async def _answer(
        self, reply: ClientResponse, record: RequestRecord, memory: BodyMemory, *, is_text: bool
    ) -> None:
        """Handle an authorized request.

        Raises:
            ClientDisconnected: The client disconnected.
        """
        try:
            reply.check_head()
            body = await parse_object(await reply.body(memory))
            request = self._chat_request(body) if is_text else self._completion_request(body, reply)
            await self._prepare(
                request, record, await self._catalog.find(record.code, request.model)
            )
            await self._raced(self._relayed(request, reply, record), reply, record)
        except ErrorReply as error:
            record.ended = "failed" if reply.has_begun or error.status >= 500 else "refused"
            if error.code in (_STOPPED, _REVOKED):
                record.ended = "stopped"
            if reply.has_begun and error.status == 429:
                record.ended = "limit"
            if not record.meter.output_tokens and not reply.has_begun:
                record.meter.clear()
            await reply.send_error(error)

    async def _prepare(
        self, request: ClientRequest, record: RequestRecord, chosen: ChosenModel
    ) -> None:
        """Complete the body for the endpoint, limit its output, and reserve its tokens.

        Raises:
            ErrorReply: A limit is reached, or the database cannot be written.
        """
        upstream = request.upstream = chosen.upstream
        profile = upstream.profile
        if request.is_text:
            request.body["messages"].insert(0, _system_message(profile, request.nickname))
        if profile.is_embedded and not is_text_only(request.body["messages"]):
            raise ErrorReply(400, "invalid_field", "This model reads text only.", param="messages")
        price = profile.price or FREE
        record.admission = record.admission.named(profile.name, chosen.id, price)
        body = upstream.body(request.body, chosen.id)
        apply_caps(body, profile.caps & record.code.limits.caps, profile.base_url)
        wanted = wanted_output(body)
        most = await record.meter.reserve(
            record.admission, estimate_input_tokens(body), wanted, is_streamed=request.is_streamed
        )
        if record.code.limits.has_budget:
            limit_output(body, most, profile.base_url)
        ask_for_usage(body)
        request.body = body

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
            endpoint = await request.endpoint()
            relay = StreamRelay(endpoint, reply, record.meter, shows_usage=request.shows_usage)
            if request.is_text:
                is_whole = await relay.text(request.body, is_streamed=request.is_streamed)
            else:
                is_whole = await relay.completion(request.body)
        except ProviderError as error:
            raise from_provider_error(error) from error
        except TuiChatError as error:
            log.error("the endpoint is unusable: %s", error.message)
            raise from_engine_error(error) from error
        if not is_whole:
            record.ended = "failed"

    async def _authorized(self, reply: ClientResponse) -> AccessCode:
        """Return the code of a request.

        Raises:
            ErrorReply: There is no valid code, the gateway is shutting down, or its records are
                not available.
        """
        if self.is_stopping:
            raise ErrorReply(503, _STOPPED, _STOPPING_MESSAGE)
        codes = await self._accounting.codes()
        code = find_valid_code(code_from_headers(reply.headers), codes, datetime.now(UTC))
        if code is None:
            raise ErrorReply(
                401,
                "invalid_access_code",
                "The access code is missing or invalid. Ask the gateway's operator for one.",
            )
        return code

    def _completion_request(self, body: dict[str, Any], reply: ClientResponse) -> ClientRequest:
        fields, ignored = checked_completion(body)
        if ignored:
            reply.add_header("x-gateway-ignored", ", ".join(map(_header_text, ignored)))
        model = fields.pop("model", "")
        is_streamed = bool(fields.get("stream"))
        shows_usage = bool(fields.get("stream_options", {}).get("include_usage"))
        return ClientRequest(fields, model, is_streamed, is_text=False, shows_usage=shows_usage)

    def _chat_request(self, body: dict[str, Any]) -> ClientRequest:
        nickname, messages, is_streamed = checked_chat(body)
        fields = {"messages": list(messages), "stream": is_streamed}
        return ClientRequest(fields, "", is_streamed, is_text=True, nickname=nickname)

    def _record(self, reply: ClientResponse, record: RequestRecord) -> None:
        meter = record.meter
        outcome = Outcome(
            input_tokens=meter.input_tokens,
            output_tokens=meter.output_tokens,
            is_estimated=meter.is_estimated and meter.total > 0,
            status=reply.status or DISCONNECTED_STATUS,
            ended=record.ended,
            duration_ms=round((time.monotonic() - record.began) * 1000),
        )
        self._accounting.settle(record.admission, outcome)
        if self._observers:
            request = _finished(reply, record, outcome)
            for observe in self._observers:
                observe(request)


_STOPPED: Final = "gateway_stopping"
_STOPPING_MESSAGE: Final = "The gateway is shutting down. Try again later."
_REVOKED: Final = "access_code_ended"
_PROMPT: Final = "You are a helpful assistant."
_NICKNAME_SENTENCE: Final = "You are talking with {nickname}."
_DEFAULT_NICKNAME: Final = "the user"


def _finished(reply: ClientResponse, record: RequestRecord, outcome: Outcome) -> FinishedRequest:
    admission = record.admission
    return FinishedRequest(
        request_id=reply.request_id,
        ledger_id=admission.request_id,
        code=admission.code.name,
        profile=admission.profile,
        model=admission.model,
        status=outcome.status,
        ended=outcome.ended,
        input_tokens=outcome.input_tokens,
        output_tokens=outcome.output_tokens,
        is_estimated=outcome.is_estimated,
        duration_ms=outcome.duration_ms,
    )


def _header_text(name: str) -> str:
    """Return a field's name for a header, which holds printable ASCII only."""
    return "".join(c if c.isascii() and c.isprintable() and c != "," else "?" for c in name)


def _system_message(profile: Profile, nickname: str) -> dict[str, str]:
    """Return the profile's system prompt, with the nickname inserted or appended."""
    prompt = profile.system_prompt or _PROMPT
    if nickname and "{nickname}" not in prompt:
        prompt = f"{prompt} {_NICKNAME_SENTENCE}"
    text = prompt.replace("{nickname}", nickname or _DEFAULT_NICKNAME)
    return {"role": "system", "content": text}
