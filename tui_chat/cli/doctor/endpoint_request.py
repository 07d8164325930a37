"""Asks an endpoint what it offers, and for an answer of one token."""

from __future__ import annotations

import asyncio
import re
import time
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from tui_chat.cli.doctor.network import STEP_S
from tui_chat.config.problems import nearest
from tui_chat.core.conversation import Role
from tui_chat.core.errors import BadReply, NoAnswer, RequestRejected, TuiChatError, Unreachable
from tui_chat.core.request import CompletionRequest, RequestMessage
from tui_chat.core.stream_events import Finished, ReasoningDelta, TextDelta
from tui_chat.core.text.quantities import counted, milliseconds
from tui_chat.providers import open_provider

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui_chat.cli.doctor.report import Report
    from tui_chat.core.profile import Profile, Secret
    from tui_chat.core.stream_events import ModelInfo
    from tui_chat.session.protocols import OpenedProvider

_LIMITS: Final = ("max_tokens", "max_completion_tokens")
# A model that thinks has used up its token before it answers: the endpoint works all the same.
_USED_UP: Final = re.compile(r"token limit was used up|output limit was reached", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class EndpointReply:
    """How a question was answered."""

    first_token_s: float | None
    """None: there was none, for the limit was used up by thinking."""
    finished: Finished | None


async def check_asking(profile: Profile, key: Secret | None, report: Report) -> None:
    """Tell what an endpoint offers, whether the wanted model is among it, and how it answers."""
    # A doctor tells the first failure and does not try again.
    profile = replace(profile, max_retries=0)
    try:
        provider = await open_provider(profile, key)
    except TuiChatError as error:
        report.failed("models", error)
        report.skipped("answer", "skipped: the endpoint cannot be asked")
        return
    try:
        asking = EndpointChecks(provider, profile, report)
        offers = await asking.check_models()
        if asking.is_reachable:
            await asking.check_answer(offers)
        else:
            report.skipped("answer", "skipped: the endpoint cannot be reached")
    finally:
        await provider.aclose()


class EndpointChecks:
    """Asks one endpoint and tells it.

    Attributes:
        is_reachable: Whether there was an HTTP answer, as far as is known.
    """

    def __init__(self, provider: OpenedProvider, profile: Profile, report: Report) -> None:
        self._provider = provider
        self._profile = profile
        self._report = report
        self.is_reachable = True

    async def check_models(self) -> Sequence[ModelInfo] | None:
        """Ask for the list of models; return it, None when there is none."""
        began = time.monotonic()
        try:
            async with asyncio.timeout(STEP_S):
                offers = await self._provider.models()
        except TimeoutError:
            what = f"{self._profile.host} did not list its models within {STEP_S:g} s"
            self._report.wrong("models", what, "Is it busy? Run this again in a while.")
            return None
        except TuiChatError as error:
            self._tell_no_list(error)
            return None
        took = milliseconds(time.monotonic() - began)
        if offers:
            first = ", ".join(offer.id for offer in offers[:3])
            more = ", …" if len(offers) > 3 else ""
            self._report.ok("models", f"{len(offers)} offered ({first}{more}), {took}")
        elif self._profile.model:
            self._report.skipped("models", f"the list is empty; the model is named, {took}")
        else:
            what, todo = "the endpoint offers none", "Name one: `model` in the profile, or --model."
            self._report.wrong("models", what, todo)
        return offers

    async def check_answer(self, offers: Sequence[ModelInfo] | None) -> None:
        """Ask for one token; tell whether the wanted model is offered and how it answers."""
        wanted = self._profile.model
        if not wanted and not offers:
            self._report.skipped("answer", "skipped: there is no model to ask")
            return
        try:
            answered: EndpointReply | TuiChatError = await self._answered()
        except TuiChatError as error:
            answered = error
        if offers:
            self._tell_model(wanted, [offer.id for offer in offers], answered)
        if isinstance(answered, TuiChatError):
            self._report.failed("answer", answered)
        else:
            self._report.ok("answer", _answer_words(answered))

    def _tell_no_list(self, error: TuiChatError) -> None:
        self.is_reachable = not isinstance(error, Unreachable)
        has_no_list = isinstance(error, BadReply) or (
            isinstance(error, RequestRejected) and error.status in (404, 405)
        )
        if has_no_list and self._profile.model:
            # Azure and others have none, and need none.
            self._report.skipped("models", "the endpoint has no list of them; the model is named")
        else:
            self._report.failed("models", error)

    def _tell_model(
        self, wanted: str | None, names: list[str], answered: EndpointReply | TuiChatError
    ) -> None:
        if not wanted:
            self._report.ok("model", f"none is named, so the first one is used: {names[0]}")
        elif wanted in names:
            self._report.ok("model", f"{wanted} is among them")
        elif isinstance(answered, EndpointReply):
            self._report.ok("model", f"{wanted} is not in the list, and answers all the same")
        else:
            meant = nearest(wanted, names)
            todo = f"Did you mean {meant}?" if meant else f"Name one of them, such as {names[0]}."
            self._report.wrong("model", f"{wanted} is not among them", todo)

    async def _answered(self) -> EndpointReply:
        """Ask; once more in the other spelling where only the limit of tokens is refused.

        Raises:
            TuiChatError: There is no answer.
        """
        names = [name for name in _LIMITS if name in self._profile.extra_body] or ["max_tokens"]
        try:
            return await self._asked({names[0]: 1})
        except RequestRejected as error:
            if names[0] not in f"{error.summary} {error.server_message}":
                raise
        other = _LIMITS[1 - _LIMITS.index(names[0])]
        return await self._asked({other: 1})

    async def _asked(self, limit: dict[str, Any]) -> EndpointReply:
        began = time.monotonic()
        first_token_s: float | None = None
        finished: Finished | None = None
        try:
            async with (
                asyncio.timeout(STEP_S),
                aclosing(self._provider.stream(self._request(limit))) as events,
            ):
                async for event in events:
                    if isinstance(event, TextDelta | ReasoningDelta) and first_token_s is None:
                        first_token_s = time.monotonic() - began
                    elif isinstance(event, Finished):
                        finished = event
        except TimeoutError:
            raise self._too_slow() from None
        except (BadReply, RequestRejected) as error:
            if not _USED_UP.search(f"{error.summary} {error.server_message}"):
                raise
        return EndpointReply(first_token_s, finished)

    def _request(self, limit: dict[str, Any]) -> CompletionRequest:
        profile = self._profile
        extra = {name: value for name, value in profile.extra_body.items() if name not in _LIMITS}
        return CompletionRequest(
            model=profile.model or "",
            messages=(RequestMessage(Role.USER, "Hi"),),
            sampling=replace(profile.sampling, max_tokens=None),
            stream=profile.stream,
            extra_body=extra | limit,
        )

    def _too_slow(self) -> TuiChatError:
        what = f"{self._profile.host} took the question, and no answer came within {STEP_S:g} s."
        if self._profile.is_local:
            todo = "A server that loads its model at the first question needs longer: run this "
            return NoAnswer(what, f"{todo}again in a moment.")
        return NoAnswer(what, "Run this again in a while, or try another model.")


def _answer_words(answered: EndpointReply) -> str:
    if answered.first_token_s is None:
        return "it answers; the one token that was asked for went into thinking"
    words = [f"first token after {milliseconds(answered.first_token_s)}"]
    finished = answered.finished
    if finished is not None:
        words.append(f"finish_reason {finished.reason}")
        if finished.usage is not None and finished.usage.output_tokens is not None:
            tokens = counted(finished.usage.output_tokens, "token")
            words.append(f"usage {finished.usage.input_tokens or 0} in and {tokens} out")
        else:
            words.append("no usage told")
        if finished.model:
            words.append(f"by {finished.model}")
    return ", ".join(words)
