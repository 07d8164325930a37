"""Structured-output turns: response format, fallback to weaker formats, validation of the reply."""

from __future__ import annotations

import asyncio
import json
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from tui_chat.core.conversation import Message, MessageStatus, Role
from tui_chat.core.errors import RequestRejected, ServerFailed
from tui_chat.core.labels import _
from tui_chat.core.profile import Continuing
from tui_chat.core.request import CompletionRequest, RequestMessage, ResponseFormat
from tui_chat.core.stream_events import (
    Finished,
    FormatDowngraded,
    RequestAdjusted,
    Retrying,
    Waiting,
    is_cut,
    is_refused,
)
from tui_chat.session.turns.format_fallback import STEPS, STRICT, FormatFallback
from tui_chat.session.turns.format_refusals import FormatRefusals
from tui_chat.structured.evaluator_process import Evaluator
from tui_chat.structured.lossless_json import dumps
from tui_chat.structured.partial_object import PartialObject
from tui_chat.structured.verdict import Evaluation, Verdict

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping, Sequence

    from tui_chat.core.message_tree import MessageTree
    from tui_chat.core.profile import Profile
    from tui_chat.core.stream_events import StreamEvent
    from tui_chat.session.protocols import Provider

_BEFORE_CONTENT: Final = (Waiting, Retrying, RequestAdjusted)
CONTINUE_PROMPT: Final = "Continue exactly where you stopped, without repeating anything."
SETTING: Final = "response_format"
"""Name in Conversation.settings: the response format, as a mapping."""
FIX_ROUNDS: Final = 3
"""The number of automatic requests to fix an invalid object."""
_OWN: Final = "own_form"
"""Key in a reply's `structured`: whether its format was chosen for its question only."""
_LAST_OBJECT_LIMIT: Final = 100_000
_AGAINST_LOOPS: Final = 0.3
"""The frequency penalty for the embedded model: without it, strings in an object never end and
repeat an address over and over (measured: SmolLM2 135M with Chinese addresses)."""


class StructuredOutput:
    """Requests objects and validates the replies.

    The requested format is stored in the reply from its start (`structured["asked"]`), so a reply
    is self-contained, also in a store that another program opens.
    """

    def __init__(
        self,
        evaluator: Evaluator | None = None,
        steps: FormatFallback | None = None,
        fix_rounds: int = FIX_ROUNDS,
    ) -> None:
        self.fix_rounds = fix_rounds
        self._evaluator = evaluator or Evaluator()
        self._warming: asyncio.Task[None] | None = None
        self._steps = steps or FormatFallback(None)

    def new_reply_fields(
        self,
        wanted: ResponseFormat | None,
        settings: Mapping[str, Any],
        siblings: Sequence[Message] = (),
    ) -> dict[str, Any] | None:
        """Return the `structured` field of a new reply; None for text.

        Args:
            wanted: The response format of this question; None for the conversation's.
            settings: The settings of the conversation.
            siblings: Earlier replies to the same question or to the version it replaces. Their
                format is kept if it was chosen for that question only, or if the conversation has
                none.
        """
        asked = wanted or ResponseFormat.from_mapping(settings.get(SETTING))
        is_own = wanted is not None
        if wanted is None and not asked.is_structured:
            for answer in reversed(siblings):
                was_own = bool((answer.structured or {}).get(_OWN))
                if (form := requested_format(answer)) and (was_own or SETTING not in settings):
                    asked, is_own = form, was_own
                    break
        if not asked.is_structured:
            return None
        return {"asked": asked.as_mapping(), **({_OWN: True} if is_own else {})}

    def version_fields(self, answer: Message) -> dict[str, Any] | None:
        """Return the `structured` field of a new version of a reply; None for text."""
        asked = requested_format(answer)
        return None if asked is None else {"asked": asked.as_mapping()}

    def fix_fields(self, bad: Message, number: int = 1) -> dict[str, Any] | None:
        """Return the `structured` field of a reply that fixes another; None if nothing is invalid.

        Args:
            bad: The invalid reply.
            number: The number of the round, from 1.
        """
        evaluation = evaluation_of(bad)
        if evaluation is None or evaluation.verdict not in {Verdict.INVALID, Verdict.CUT_OFF}:
            return None
        rounds = [number, self.fix_rounds]
        return {"asked": dict(evaluation.response_format), "fixes": bad.id, "round": rounds}

    def request(
        self, request: CompletionRequest, reply: Message, tree: MessageTree
    ) -> CompletionRequest:
        """Return a request with the response format of its reply, and the invalid reply to fix."""
        asked = requested_format(reply)
        if asked is None:
            return request
        messages = request.messages
        if reply.content:
            return _continuation(request, asked)
        bad = tree.get((reply.structured or {}).get("fixes"))
        if bad is not None:
            messages += (
                RequestMessage(Role.ASSISTANT, bad.content[:_LAST_OBJECT_LIMIT] or "{}"),
                RequestMessage(Role.USER, fix_prompt(evaluation_of(bad))),
            )
        return replace(request, messages=messages, response_format=asked)

    async def stream(
        self, provider: Provider, request: CompletionRequest, profile: Profile
    ) -> AsyncGenerator[StreamEvent, None]:
        """Yield the stream events of a request; fall back to a weaker format if one is rejected.

        Raises:
            ProviderError: The reply did not complete; the events yielded before remain valid.
        """
        asked = request.response_format
        if not asked.is_structured:
            async with aclosing(provider.stream(request)) as events:
                async for event in events:
                    yield event
            return
        request = _without_loops(request, profile)
        # Warm up while the model writes, so that validation does not wait for it.
        loop = asyncio.get_running_loop()
        self._warming = loop.create_task(self._evaluator.warm_up())
        step = self._steps.initial(profile, request.model, asked)
        has_stepped = False
        refusals = FormatRefusals()
        while True:
            has_content = False
            try:
                async with aclosing(provider.stream(_in_step(request, step))) as events:
                    async for event in events:
                        has_content = has_content or not isinstance(event, _BEFORE_CONTENT)
                        if isinstance(event, Finished):
                            if has_stepped:
                                self._remember(profile, request, step, refusals)
                            event = replace(event, sent_as=_format_of(step))
                        yield event
                return
            except (RequestRejected, ServerFailed) as error:
                if has_content:
                    raise
                weaker = refusals.next(step, error)
                if weaker != step:
                    reason = error.server_message or error.summary
                    refused = step if weaker == STEPS[0] else _format_of(step)
                    yield FormatDowngraded(refused, weaker, reason)
                    step, has_stepped = weaker, True

    def _remember(
        self, profile: Profile, request: CompletionRequest, step: str, refusals: FormatRefusals
    ) -> None:
        if refusals.is_of_form:
            self._steps.remember(profile, request.model, step)
        else:
            self._steps.remember_schema(profile, request.model, request.response_format, step)

    async def evaluate_reply(self, reply: Message) -> dict[str, Any] | None:
        """Validate a finished reply; return its `structured` field, None for text.

        Raises:
            asyncio.CancelledError: The user stopped it; nothing is validated.
        """
        asked = requested_format(reply)
        if asked is None or reply.status is MessageStatus.FAILED:
            return None if reply.structured is None else dict(reply.structured)
        evaluation = await self._evaluator.evaluate(
            reply.content,
            asked,
            finish_reason=reply.finish_reason,
            is_whole=reply.status is MessageStatus.COMPLETE,
            sent_as=(reply.structured or {}).get("sent_as", ""),
        )
        return {**(reply.structured or {}), **evaluation.as_mapping()}

    def evaluate_partial(self, reply: Message) -> Message:
        """Return a stopped or interrupted reply with the part of its object that is certain.

        Runs at once: a user who stops a reply does not wait for validation.
        """
        asked, verdict = requested_format(reply), _verdict_of_end(reply)
        if asked is None or verdict is None or evaluation_of(reply) is not None:
            return reply
        is_failed = reply.status is MessageStatus.FAILED
        seen = PartialObject()
        seen.read_whole(reply.content[:_LAST_OBJECT_LIMIT])
        evaluation = Evaluation(
            verdict,
            reply.content,
            json=None if seen.value is None else dumps(seen.value),
            reason=(is_failed and reply.error_text) or _("The reply is incomplete."),
            open_path=seen.open_path,
            response_format=asked.as_mapping(),
            sent_as=(reply.structured or {}).get("sent_as", ""),
        )
        return replace(reply, structured={**(reply.structured or {}), **evaluation.as_mapping()})

    async def check(self, text: str, wanted: ResponseFormat) -> Evaluation:
        """Evaluate a text that is no reply, in the process that can be ended."""
        return await self._evaluator.evaluate(text, wanted)

    async def aclose(self) -> None:
        """End the validation process."""
        if self._warming is not None:
            await self._warming
        await self._evaluator.aclose()


def _verdict_of_end(reply: Message) -> Verdict | None:
    """Return the verdict on a stopped, interrupted or failed reply; None if there is none."""
    if reply.status in {MessageStatus.CANCELLED, MessageStatus.INTERRUPTED}:
        return Verdict.CUT_OFF
    if reply.status is not MessageStatus.FAILED:
        return None
    if is_refused(reply.finish_reason):
        return Verdict.REFUSED
    return Verdict.CUT_OFF if is_cut(reply.finish_reason) else None


def requested_format(reply: Message) -> ResponseFormat | None:
    """Return the requested response format of a reply; None for text."""
    asked = ResponseFormat.from_mapping((reply.structured or {}).get("asked"))
    return asked if asked.is_structured else None


def evaluation_of(reply: Message) -> Evaluation | None:
    """Return the evaluation of a reply; None for text and for a reply that was not validated."""
    return Evaluation.from_mapping(reply.structured, reply.content)


def fix_prompt(evaluation: Evaluation | None) -> str:
    """Return the question that asks the model to fix its object."""
    lines = [
        f"- at {error.path_text or 'the root'}: {error.message}"
        for error in (evaluation.errors if evaluation else ())
    ]
    if evaluation and evaluation.reason:
        lines.append(f"- {evaluation.reason}")
    problems = "\n".join(lines) or "- It is not valid."
    return (
        f"Your last answer is not right:\n{problems}\n\n"
        "Correct exactly this and change nothing else. Answer with the whole JSON object and "
        "nothing else."
    )


def _continuation(request: CompletionRequest, asked: ResponseFormat) -> CompletionRequest:
    """Return a request that continues an incomplete object.

    Without an enforced format: it would make the endpoint begin another object.
    """
    request = _in_step(replace(request, response_format=asked), STEPS[-1])
    last = request.messages[-1]
    if last.continuing is not Continuing.QUESTION:
        return request
    messages = (*request.messages[:-1], replace(last, continuing=None))
    question = RequestMessage(Role.USER, f"{CONTINUE_PROMPT} Begin with the next character.")
    return replace(request, messages=(*messages, question))


def _without_loops(request: CompletionRequest, profile: Profile) -> CompletionRequest:
    """Return a request that keeps the embedded model from repeating itself."""
    if not profile.is_embedded or request.sampling.frequency_penalty is not None:
        return request
    sampling = replace(request.sampling, frequency_penalty=_AGAINST_LOOPS)
    return replace(request, sampling=sampling)


def _format_of(step: str) -> str:
    """Return the name of the format that a step sends."""
    return "json_schema" if step == STRICT else step


def _in_step(request: CompletionRequest, step: str) -> CompletionRequest:
    """Return a request with a weaker response format."""
    asked = request.response_format
    if step == STRICT:
        return request
    if step == "json_schema":
        return replace(request, response_format=replace(asked, is_strict=False))
    weaker = ResponseFormat("json_object") if step == "json_object" else ResponseFormat()
    words = "Answer with one JSON object and nothing else: no fence, no comment, no other words."
    if asked.schema is not None:
        schema = json.dumps(asked.schema, ensure_ascii=False)
        words += f" It must fit this JSON Schema:\n{schema}"
    messages = request.messages
    if messages and messages[0].role is Role.SYSTEM:
        first = replace(messages[0], content=f"{messages[0].content}\n\n{words}")
        messages = (first, *messages[1:])
    else:
        messages = (RequestMessage(Role.SYSTEM, words), *messages)
    return replace(request, messages=messages, response_format=weaker)
