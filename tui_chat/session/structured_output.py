"""What a turn does more when an object is asked for: its form, its steps down, its verdict."""

from __future__ import annotations

import asyncio
import json
import re
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from tui_chat.core.conversation import Message, MessageStatus, Role
from tui_chat.core.errors import READ_ALL_HINT, ContextTooLong, RequestRejected, ServerFailed
from tui_chat.core.profile import Continuing
from tui_chat.core.request import CompletionRequest, RequestMessage, ResponseFormat
from tui_chat.core.stream_events import Finished, FormatDowngraded, Waiting, is_cut, is_refused
from tui_chat.session.format_fallback import STEPS, FormatFallback
from tui_chat.structured.evaluator import Evaluator
from tui_chat.structured.lossless_json import dumps
from tui_chat.structured.partial_object import PartialObject
from tui_chat.structured.verdict import Evaluation, Verdict

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping, Sequence

    from tui_chat.core.message_tree import MessageTree
    from tui_chat.core.profile import Profile
    from tui_chat.core.stream_events import StreamEvent
    from tui_chat.session.protocols import Provider

CONTINUE_PROMPT: Final = "Continue exactly where you stopped, without repeating anything."
SETTING: Final = "response_format"
"""Where in Conversation.settings the form of its answers is kept, as a mapping."""
FIX_ROUNDS: Final = 3
"""How often the model is asked to put an object right, of which nobody presses a key."""
_OWN: Final = "own_form"
"""In a reply's `structured`: whether its form was chosen for its question alone."""
_LAST_OBJECT_LIMIT: Final = 100_000
_ABOUT_FORMAT: Final = re.compile(
    r"response_format|json[_ ]?schema|json[_ ]?object|json[_ ]?mode|grammar|structured.?output"
    r"|guided|unsupported.{0,40}schema|schema.{0,60}(?:not supported|unsupported|invalid)",
    re.IGNORECASE | re.DOTALL,
)
_FAILED_AT_IT: Final = re.compile(r"json_validate_failed|failed to generate json", re.IGNORECASE)
"""Groq's words for an object that went wrong: it does take the form."""
_AGAINST_LOOPS: Final = 0.3
"""The frequency penalty for the embedded model: in a text of an object it never comes to an end by
itself, and copies an address over and over (measured: SmolLM2 135M with Chinese ones)."""
_STATUS_OF_REFUSAL: Final = frozenset({400, 404, 415, 422, 500, 501})


class StructuredOutput:
    """Asks for objects and judges what comes.

    What is asked for stands in the reply from its beginning (`structured["asked"]`), so that a
    reply says it by itself, also in a store that another program opens.
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
        """Return what a new reply begins with in `structured`; None for text.

        Args:
            wanted: The form of this one question; None for that of the conversation.
            settings: The conversation's.
            siblings: Earlier answers to the same question, or to one that it stands for: their
                form is kept if it was meant for that question alone, or the conversation has none.
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
        """Return what a version of an answer begins with in `structured`; None for text."""
        asked = requested_format(answer)
        return None if asked is None else {"asked": asked.as_mapping()}

    def fix_fields(self, bad: Message, number: int = 1) -> dict[str, Any] | None:
        """Return what a reply begins with that puts another right; None if there is nothing to.

        Args:
            bad: The other one.
            number: Which round it is, from 1.
        """
        evaluation = evaluation_of(bad)
        if evaluation is None or evaluation.verdict not in {Verdict.INVALID, Verdict.CUT_OFF}:
            return None
        rounds = [number, self.fix_rounds]
        return {"asked": dict(evaluation.response_format), "fixes": bad.id, "round": rounds}

    def request(
        self, request: CompletionRequest, reply: Message, tree: MessageTree
    ) -> CompletionRequest:
        """Return a request with what the reply is asked for, and the answer it puts right."""
        asked = requested_format(reply)
        if asked is None:
            return request
        messages = request.messages
        if reply.content:
            return _going_on(request, asked)
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
        """Ask, in a weaker form when a stronger one is refused, and yield what comes.

        Raises:
            ProviderError: No whole answer came; what was yielded before stays true.
        """
        asked = request.response_format
        if not asked.is_structured:
            async with aclosing(provider.stream(request)) as events:
                async for event in events:
                    yield event
            return
        if profile.is_embedded and request.sampling.frequency_penalty is None:
            sampling = replace(request.sampling, frequency_penalty=_AGAINST_LOOPS)
            request = replace(request, sampling=sampling)
        # While the model writes; nobody waits for it then.
        loop = asyncio.get_running_loop()
        self._warming = loop.create_task(self._evaluator.warm_up())
        step = self._steps.initial(profile, request.model, asked.type)
        has_stepped = False
        refusals = _Refusals()
        while True:
            has_content = False
            try:
                async with aclosing(provider.stream(_in_step(request, step))) as events:
                    async for event in events:
                        has_content = has_content or not isinstance(event, Waiting)
                        if isinstance(event, Finished):
                            if has_stepped:
                                self._steps.remember(profile, request.model, step)
                            event = replace(event, sent_as=step)
                        yield event
                return
            except (RequestRejected, ServerFailed) as error:
                if has_content:
                    raise
                weaker = refusals.weaker(step, error)
                yield FormatDowngraded(step, weaker, error.server_message or error.summary)
                step, has_stepped = weaker, True

    async def evaluate_reply(self, reply: Message) -> dict[str, Any] | None:
        """Return what is stored of a reply that ended; None for text.

        Raises:
            asyncio.CancelledError: The person stopped it; nothing is judged.
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
        """Return a reply that was stopped or broke off with what of its object is certain.

        At once, for nobody who stops an answer waits for a verdict on it.
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
            reason=(is_failed and reply.error_text) or "The answer was not written to its end.",
            open_path=seen.open_path,
            response_format=asked.as_mapping(),
            sent_as=(reply.structured or {}).get("sent_as", ""),
        )
        return replace(reply, structured={**(reply.structured or {}), **evaluation.as_mapping()})

    async def aclose(self) -> None:
        """End the process that judges."""
        if self._warming is not None:
            await self._warming
        await self._evaluator.aclose()


def _verdict_of_end(reply: Message) -> Verdict | None:
    """Return the verdict on a reply that was stopped, broke off, or ended before it began."""
    if reply.status in {MessageStatus.CANCELLED, MessageStatus.INTERRUPTED}:
        return Verdict.CUT_OFF
    if reply.status is not MessageStatus.FAILED:
        return None
    if is_refused(reply.finish_reason):
        return Verdict.REFUSED
    return Verdict.CUT_OFF if is_cut(reply.finish_reason) else None


def requested_format(reply: Message) -> ResponseFormat | None:
    """Return what a reply was asked for; None for text."""
    asked = ResponseFormat.from_mapping((reply.structured or {}).get("asked"))
    return asked if asked.is_structured else None


def evaluation_of(reply: Message) -> Evaluation | None:
    """Return the verdict on a reply; None for text, and for one that was not judged."""
    return Evaluation.from_mapping(reply.structured, reply.content)


def fix_prompt(evaluation: Evaluation | None) -> str:
    """Return what the model is asked that has to put its object right."""
    lines = [
        f"- at {error.path_text or 'the root'}: {error.message}"
        for error in (evaluation.errors if evaluation else ())
    ]
    if evaluation and evaluation.reason:
        lines.append(f"- {evaluation.reason}")
    faults = "\n".join(lines) or "- It is not valid."
    return (
        f"Your last answer is not right:\n{faults}\n\n"
        "Correct exactly this and change nothing else. Answer with the whole JSON object and "
        "nothing else."
    )


def _going_on(request: CompletionRequest, asked: ResponseFormat) -> CompletionRequest:
    """Return a request for the rest of an object.

    In no form that an endpoint enforces: it would begin another object where this one goes on.
    """
    request = _in_step(replace(request, response_format=asked), STEPS[-1])
    last = request.messages[-1]
    if last.continuing is not Continuing.QUESTION:
        return request
    messages = (*request.messages[:-1], replace(last, continuing=None))
    question = RequestMessage(Role.USER, f"{CONTINUE_PROMPT} Begin with the next character.")
    return replace(request, messages=(*messages, question))


def _in_step(request: CompletionRequest, step: str) -> CompletionRequest:
    """Return a request in one of the forms."""
    asked = request.response_format
    if step == "json_schema":
        return request
    form = ResponseFormat("json_object") if step == "json_object" else ResponseFormat()
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
    return replace(request, messages=messages, response_format=form)


class _Refusals:
    """What an endpoint refused while a form that it takes was looked for."""

    def __init__(self) -> None:
        self._unexplained: RequestRejected | ServerFailed | None = None

    def weaker(self, step: str, error: RequestRejected | ServerFailed) -> str:
        """Return the form to ask in after a refusal.

        Raises:
            ProviderError: It was refused for another reason. What gave no reason at first and was
                refused in all forms is told as it was at first.
        """
        is_about_it = _is_about_format(error)
        if step == STEPS[-1] or not (is_about_it or _is_unexplained(error)):
            raise (self._unexplained or error) from None
        if not is_about_it:
            self._unexplained = self._unexplained or error
        return STEPS[STEPS.index(step) + 1]


def _is_unexplained(error: RequestRejected | ServerFailed) -> bool:
    """Say whether an endpoint refused a request and gave no reason that is known.

    It may be the form: words in Chinese, a page of a proxy, "Unrecognized request argument".
    """
    return (
        type(error) is RequestRejected
        and error.status in {400, 422, 501}
        and error.hint in {"", READ_ALL_HINT}
        and not _FAILED_AT_IT.search(f"{error.server_message} {error.body}")
    )


def _is_about_format(error: RequestRejected | ServerFailed) -> bool:
    """Say whether an endpoint refused the form, and not something else."""
    if isinstance(error, ContextTooLong) or error.status not in _STATUS_OF_REFUSAL:
        return False
    words = f"{error.server_message} {error.body}"
    if isinstance(error, RequestRejected) and not words.strip():
        return True
    return bool(_ABOUT_FORMAT.search(words))
