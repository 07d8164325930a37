"""HTTP access to the endpoint of one profile, shared by the chat and by the gateway.

Requests use httpx2, the transport of the openai SDK. The SDK's own client is not used: importing
it costs 0.3 s of processor time (openai 3.57, mostly types of other APIs), even when only
`openai._client` is loaded. Its types describe the requests, and a test compares our requests with
those of the SDK.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import httpx2

from tui_chat.core.errors import BadReply, NoAnswer, ProviderError, RequestRejected
from tui_chat.core.labels import _
from tui_chat.core.profile import OPENAI_KEY, Secret
from tui_chat.core.text.redact import Redactor
from tui_chat.providers.address_fallback import Addresses
from tui_chat.providers.cancel_request import CancelRequests
from tui_chat.providers.completion import Completion
from tui_chat.providers.data_urls import encoded_body
from tui_chat.providers.errors.http_errors import HttpErrors
from tui_chat.providers.errors.transport_errors import TransportErrors, chain_of
from tui_chat.providers.http.client import (
    FAILURES,
    ConnectionTrace,
    ForeignRedirect,
    StatusFailure,
    make_client,
)
from tui_chat.providers.http.decoded_body import beginning_of
from tui_chat.providers.http.headers import SentHeaders, own_headers, secrets_of, sendable_key
from tui_chat.providers.http.plain_http import check_encrypted
from tui_chat.providers.model_list import parse_model_list
from tui_chat.providers.request_trace import RequestTrace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tui_chat.core.http_exchange import Exchange
    from tui_chat.core.profile import Profile
    from tui_chat.core.stream_events import ModelInfo
    from tui_chat.core.tools.tool import Tool
    from tui_chat.providers.stream.reply_parser import Ending

log = logging.getLogger(__name__)

_SHARED_LIMITS: Final = httpx2.Limits(max_connections=None, max_keepalive_connections=64)
"""For many concurrent clients; the gateway itself limits their number."""
_MODEL_LIST_LIMIT: Final = 16_000_000
"""Longest accepted list of models in bytes; the longest known one has half a million."""


class Endpoint:
    """Sends requests to one profile's endpoint.

    Attributes:
        profile: The endpoint and its settings.
        mask: Redacts this profile's secrets in a text; `mask.known` redacts nothing else.
        error_mask: Redacts error messages. For the gateway it also redacts the endpoint's address,
            which clients must not learn.
    """

    def __init__(self, profile: Profile, key: Secret | None, *, is_relayed: bool = False) -> None:
        """Open the client; nothing is sent.

        Args:
            profile: The endpoint and its settings.
            key: Sent as a bearer token; None for an endpoint that needs none.
            is_relayed: Whether the gateway relays responses to its clients: uncompressed, for many
                clients at once, with errors that do not name the endpoint.

        Raises:
            ConfigError: A certificate file or a proxy setting is unusable.
            InsecureEndpoint: A secret would be sent unencrypted.
            KeyRefused: The key contains a character that cannot be sent.
        """
        self.profile = profile
        self._is_relayed = is_relayed
        key = sendable_key(key)
        check_encrypted(profile, key)
        secrets = secrets_of(profile, key, os.environ)
        self.mask = Redactor(secrets)
        self.error_mask = Redactor([*secrets, *_locations(profile)]) if is_relayed else self.mask
        self.named = _without_address(profile) if is_relayed else profile
        """The profile as error messages name it."""
        has_unsent_key = not is_relayed and key is None and bool(os.environ.get(OPENAI_KEY))
        self._errors = HttpErrors(self.named, self.error_mask, has_unsent_key=has_unsent_key)
        self._transport_errors = TransportErrors(self.named, self.error_mask)
        self._headers = SentHeaders(profile, own_headers(profile, key, os.environ))
        limits = {"limits": _SHARED_LIMITS} if is_relayed else {}
        self._addresses = Addresses(profile)
        self._http = make_client(profile, on_request=self._before_request, **limits)
        self._cancels = CancelRequests(profile, self._http, self.mask, FAILURES)

    def completion(
        self,
        body: Mapping[str, Any],
        *,
        on_exchange: Callable[[Exchange], None] | None = None,
        tools: Mapping[str, Tool] | None = None,
    ) -> Completion:
        """Return a request for a completion, which is sent when its context is entered.

        Args:
            body: Sent as JSON.
            on_exchange: Called with each exchange, for the inspector; a redirect adds one. None
                records nothing.
            tools: The offered tools by their sent names.
        """
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if self._is_relayed:
            # The body is relayed unchanged, so it must not be compressed.
            headers["Accept-Encoding"] = "identity"
        address = self._addresses.current
        request = self._http.build_request(
            "POST",
            f"{address.base_url}/chat/completions",
            params=address.query or None,
            content=encoded_body(body),
            headers=headers,
        )
        return Completion(self, request, RequestTrace(self.mask, on_exchange), tools)

    def next_address(self) -> str:
        """Go on to another address of the same server; return a notice, empty if there is none."""
        return self._addresses.current.message if self._addresses.next() else ""

    async def models(self) -> list[ModelInfo]:
        """Return the models that the endpoint offers.

        Raises:
            ProviderError: The request failed, or the response is not a list of models.
        """
        failure: ProviderError | None = None
        while True:
            try:
                return await self._models()
            except (RequestRejected, BadReply) as error:
                failure = failure or error
                if error.cause != "url" or not self._addresses.next():
                    raise failure from None

    async def _models(self) -> list[ModelInfo]:
        address = self._addresses.current
        limit_s = self.profile.timeouts.connect_s + self.profile.first_token_s
        try:
            async with (
                asyncio.timeout(limit_s),
                self._http.stream(
                    "GET",
                    f"{address.base_url}/models",
                    params=address.query or None,
                    headers={"Accept": "application/json"},
                ) as response,
            ):
                data = await beginning_of(response, _MODEL_LIST_LIMIT)
        except TimeoutError as error:
            host = self.named.host
            summary = _("{host} did not list its models within {seconds:g} s.")
            summary = summary.format(host=host or _("The endpoint"), seconds=limit_s)
            raise NoAnswer(summary, host=host) from error
        except FAILURES as error:
            raise self.failure(error) from error
        body = self.error_mask.redact_known(data.decode(json.detect_encoding(data), "replace"))
        try:
            models = parse_model_list(json.loads(body))
        except (ValueError, RecursionError):
            models = None
        if models is None:
            raise self._errors.of_invalid_model_list(body)
        return models

    async def aclose(self) -> None:
        """Close all connections; a pending cancel request may finish."""
        await self._cancels.aclose()
        await self._http.aclose()

    def send(self, request: httpx2.Request, trace: RequestTrace) -> asyncio.Task[httpx2.Response]:
        """Send a request in a task of its own, which ends with the head of the response."""
        return trace.start(self._http.send(request, stream=True))

    def send_cancel(self, response_id: str | None, *, is_stopped: bool) -> None:
        """Send the profile's cancel request, if it defines one."""
        self._cancels.send(response_id, is_stopped=is_stopped)

    def failure(self, error: BaseException, *, has_content: bool = False) -> ProviderError:
        """Return the error to report for an exception.

        Args:
            error: An exception of the transport.
            has_content: Whether a part of the reply had arrived.
        """
        for link in chain_of(error):
            if isinstance(link, StatusFailure):
                self._log("the endpoint answered with HTTP %d", link.status)
                return self._errors.of_status(link.status, link.headers, link.body)
            if isinstance(link, ForeignRedirect):
                self._log("the endpoint redirects to another host, %s", link.host)
                if self._is_relayed:
                    return BadReply("The endpoint redirects to another host.")
                return self._errors.of_foreign_redirect(link.host)
        if self._is_relayed:
            self._log("%s", TransportErrors(self.profile, self.mask).of(error).message)
        errors = self._transport_errors
        return errors.of_break(error) if has_content else errors.of(error)

    def failure_of_ending(self, ending: Ending) -> ProviderError | None:
        """Return why a reply is incomplete; None if it is complete."""
        return self._errors.of_ending(ending)

    def _log(self, message: str, fact: object) -> None:
        """Log a failure whose details clients of the gateway do not receive."""
        if self._is_relayed:
            log.warning(message, fact)

    async def _before_request(self, request: httpx2.Request) -> None:
        """Remove headers that the endpoint does not need, and record the request."""
        self._headers.reduce(str(request.url), request.headers)
        trace = RequestTrace.current()
        request.extensions["trace"] = ConnectionTrace(trace.record_sent if trace else None)
        if trace is not None:
            trace.record_request(request)


def _without_address(profile: Profile) -> Profile:
    """Return a profile whose errors name “the endpoint” instead of a host."""
    # The default for the first token depends on the URL, so it is computed before.
    timeouts = replace(profile.timeouts, first_token_s=profile.first_token_s)
    return replace(profile, base_url="", timeouts=timeouts)


def _locations(profile: Profile) -> Iterator[Secret]:
    """Yield the parts of a URL that reveal the endpoint's host."""
    parts = urlsplit(profile.base_url)
    for location in (parts.netloc, parts.hostname):
        if location:
            yield Secret(location)
