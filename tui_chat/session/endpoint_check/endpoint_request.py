"""Checks the model list of an endpoint and requests a completion of one token."""

from __future__ import annotations

import asyncio
import re
import time
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from tui_chat.config.problems import nearest
from tui_chat.core.conversation import Role
from tui_chat.core.errors import BadReply, NoAnswer, RequestRejected, TuiChatError, Unreachable
from tui_chat.core.labels import _, join_list, ngettext
from tui_chat.core.request import CompletionRequest, RequestMessage
from tui_chat.core.stream_events import Finished, ReasoningDelta, TextDelta, is_at_limit
from tui_chat.core.text.quantities import milliseconds
from tui_chat.providers import open_provider
from tui_chat.session.endpoint_check.network import STEP_S

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui_chat.core.profile import Profile, Secret
    from tui_chat.core.stream_events import ModelInfo
    from tui_chat.session.endpoint_check.check_report import CheckReport
    from tui_chat.session.protocols import OpenedProvider

_TOKEN_LIMIT_FIELDS: Final = ("max_tokens", "max_completion_tokens")
# A reasoning model spends its only token before the answer begins; the endpoint works.
_LIMIT_REACHED: Final = re.compile(r"output limit was reached", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class EndpointReply:
    """The result of the test completion."""

    first_token_s: float | None
    """The time to the first token; None if reasoning used up the limit."""
    finished: Finished | None


async def check_requests(
    profile: Profile, key: Secret | None, report: CheckReport
) -> Sequence[ModelInfo]:
    """Report whether an endpoint answers; return the models it lists."""
    # The first failure is reported; retries would hide it.
    profile = replace(profile, max_retries=0)
    try:
        provider = await open_provider(profile, key)
    except TuiChatError as error:
        report.error("models", error)
        report.skip(("answer",), _("no request can be sent"))
        return ()
    try:
        checks = EndpointChecks(provider, profile, report)
        models = await checks.check_models()
        if checks.is_reachable:
            await checks.check_answer(models)
        else:
            report.skip(("answer",), _("the endpoint is unreachable"))
        return models or ()
    finally:
        await provider.aclose()


class EndpointChecks:
    """Sends the test requests to one endpoint.

    Attributes:
        is_reachable: False after a request that could not connect.
    """

    def __init__(self, provider: OpenedProvider, profile: Profile, report: CheckReport) -> None:
        self._provider = provider
        self._profile = profile
        self._report = report
        self.is_reachable = True

    async def check_models(self) -> Sequence[ModelInfo] | None:
        """Request the model list; return None without one."""
        started_at = time.monotonic()
        try:
            async with asyncio.timeout(STEP_S):
                models = await self._provider.models()
        except TimeoutError:
            text = _("{host} did not list its models within {seconds:g} s")
            hint = _("Run this again later; the server may be busy.")
            self._report.failed("models", text, hint, host=self._profile.host, seconds=STEP_S)
            return None
        except TuiChatError as error:
            self._report_no_list(error)
            return None
        took = milliseconds(time.monotonic() - started_at)
        if models:
            first = [model.id for model in models[:3]] + (["…"] if len(models) > 3 else [])
            text = ngettext(
                "{count} model ({{names}}), {{time}}",
                "{count} models ({{names}}), {{time}}",
                len(models),
            )
            self._report.ok("models", text, names=join_list(first), time=took)
        elif self._profile.model:
            text = _("the list is empty; the profile names the model, {time}")
            self._report.skipped("models", text, time=took)
        else:
            hint = _("Set `model` in the profile, or use --model.")
            self._report.failed("models", _("the endpoint lists no models"), hint)
        return models

    async def check_answer(self, models: Sequence[ModelInfo] | None) -> None:
        """Request one token; report the chosen model and the answer."""
        name = self._profile.model
        if not name and not models:
            self._report.skip(("answer",), _("no model is known"))
            return
        try:
            result: EndpointReply | TuiChatError = await self._complete()
        except TuiChatError as error:
            result = error
        if models:
            self._report_model(name, [model.id for model in models], result)
        if isinstance(result, TuiChatError):
            self._report.error("answer", result)
        else:
            self._report.ok("answer", _describe(result))

    def _report_no_list(self, error: TuiChatError) -> None:
        self.is_reachable = not isinstance(error, Unreachable)
        has_no_list = isinstance(error, BadReply) or (
            isinstance(error, RequestRejected) and error.status in (404, 405)
        )
        if has_no_list and self._profile.model:
            # Azure and others have no list and need none.
            text = _("the endpoint has no model list; the profile names the model")
            self._report.skipped("models", text)
        else:
            self._report.error("models", error)

    def _report_model(
        self, name: str | None, names: list[str], result: EndpointReply | TuiChatError
    ) -> None:
        if not name:
            text = _("not set, so the first one is used: {model}")
            self._report.ok("model", text, model=names[0])
        elif name in names:
            self._report.ok("model", _("{model} is listed"), model=name)
        elif isinstance(result, EndpointReply):
            self._report.ok("model", _("{model} is not listed, but answers"), model=name)
        else:
            guess = nearest(name, names)
            hint = (
                _("Did you mean {guess}?") if guess else _("Choose one of them, such as {guess}.")
            )
            text = _("{model} is not listed")
            self._report.failed("model", text, hint, model=name, guess=guess or names[0])

    async def _complete(self) -> EndpointReply:
        """Request a completion; retry with the other field if the token limit is rejected.

        Raises:
            TuiChatError: The endpoint sent no answer.
        """
        names = [name for name in _TOKEN_LIMIT_FIELDS if name in self._profile.extra_body] or [
            "max_tokens"
        ]
        try:
            return await self._complete_once({names[0]: 1})
        except RequestRejected as error:
            if names[0] not in f"{error.summary} {error.server_message}":
                raise
        other = _TOKEN_LIMIT_FIELDS[1 - _TOKEN_LIMIT_FIELDS.index(names[0])]
        return await self._complete_once({other: 1})

    async def _complete_once(self, limit: dict[str, Any]) -> EndpointReply:
        started_at = time.monotonic()
        first_token_s: float | None = None
        finished: Finished | None = None
        try:
            async with (
                asyncio.timeout(STEP_S),
                aclosing(self._provider.stream(self._request(limit))) as events,
            ):
                async for event in events:
                    if isinstance(event, TextDelta | ReasoningDelta) and first_token_s is None:
                        first_token_s = time.monotonic() - started_at
                    elif isinstance(event, Finished):
                        finished = event
        except TimeoutError:
            raise self._timeout_error() from None
        except (BadReply, RequestRejected) as error:
            has_reached = is_at_limit(error.finish_reason)
            if not has_reached and not _LIMIT_REACHED.search(error.server_message):
                raise
        return EndpointReply(first_token_s, finished)

    def _request(self, limit: dict[str, Any]) -> CompletionRequest:
        profile = self._profile
        extra = {
            name: value
            for name, value in profile.extra_body.items()
            if name not in _TOKEN_LIMIT_FIELDS
        }
        return CompletionRequest(
            model=profile.model or "",
            messages=(RequestMessage(Role.USER, "Hi"),),
            sampling=replace(profile.sampling, max_tokens=None),
            stream=profile.stream,
            extra_body=extra | limit,
        )

    def _timeout_error(self) -> TuiChatError:
        text = _("{host} accepted the request but sent no answer within {seconds:g} s.")
        summary = text.format(host=self._profile.host, seconds=STEP_S)
        if self._profile.is_local:
            hint = _("A server that loads its model first takes longer: run this again soon.")
            return NoAnswer(summary, hint)
        return NoAnswer(summary, _("Run this again later, or try another model."))


def _describe(result: EndpointReply) -> str:
    if result.first_token_s is None:
        return _("it answers; reasoning used the only token")
    parts = [_("first token after {time}").format(time=milliseconds(result.first_token_s))]
    finished = result.finished
    if finished is not None:
        parts.append(f"finish_reason {finished.reason}")
        if finished.usage is not None and finished.usage.output_tokens is not None:
            text = _("usage {input_tokens} in, {output_tokens} out")
            usage = finished.usage
            parts.append(
                text.format(input_tokens=usage.input_tokens or 0, output_tokens=usage.output_tokens)
            )
        else:
            parts.append(_("no usage"))
        if finished.model:
            parts.append(_("from {model}").format(model=finished.model))
    return join_list(parts)
