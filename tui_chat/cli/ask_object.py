"""Structured output of ``tui-chat ask``: requested format, messages and exit status."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tui_chat.core.advice import Advice
from tui_chat.core.conversation import MessageStatus
from tui_chat.core.errors import ConfigError, RequestRejected
from tui_chat.core.labels import _, labelled, ngettext
from tui_chat.core.request import ResponseFormat
from tui_chat.core.stream_events import (
    FormatDowngraded,
    RequestAdjusted,
    Retrying,
    TextWasReasoning,
)
from tui_chat.core.text.sanitize import sanitize_line
from tui_chat.core.tools.events import CallChanged, ServerTrouble
from tui_chat.session.turns.format_fallback import STEPS
from tui_chat.session.turns.structured_output import evaluation_of
from tui_chat.structured.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tui_chat.core.conversation import Message
    from tui_chat.core.stream_events import StreamEvent
    from tui_chat.core.tools.call import ToolCall
    from tui_chat.session.launch import Launch
    from tui_chat.structured.verdict import Evaluation

INVALID: Final = 4
_CUT_OFF: Final = 3
_MAX_LISTED: Final = 20
"""Repairs and errors beyond this are counted, not listed."""


@dataclass(frozen=True, slots=True)
class OutputOptions:
    """The requested format of an answer."""

    response_format: ResponseFormat = ResponseFormat()
    sent_as: str | None = None
    """The strongest response format to request; None: the strongest the endpoint accepts."""
    is_strict: bool = False
    """True if a repaired object counts as invalid."""
    as_json: bool = False
    may_pass_limit: bool = False
    """True if the monthly limit of the profile may be passed."""

    @property
    def is_object(self) -> bool:
        """True if the answer is an object."""
        return self.response_format.is_structured


def requested_format(launch: Launch, name: str | None, schema: str | None) -> ResponseFormat:
    """Return the response format that the flags request.

    Args:
        launch: Names the folder of saved schemas.
        name: `text` or `json`.
        schema: A file, a name, a class, a field list, or a schema.

    Raises:
        ConfigError: The schema is missing or invalid, or the flags contradict each other.
    """
    if schema is not None and name == "text":
        raise ConfigError(
            _("--schema requests an object, but --format text requests text."),
            _("Remove one of them."),
        )
    if schema is not None:
        from tui_chat.structured.schemas.find_schema import SchemaFolder, find_schema

        folder = SchemaFolder(launch.paths.config_file)
        return find_schema(schema, folder, Path.cwd()).response_format
    return ResponseFormat("json_object") if name == "json" else ResponseFormat()


def has_object(evaluation: Evaluation, *, is_strict: bool) -> bool:
    """Return whether an evaluation found a usable object."""
    if evaluation.verdict is Verdict.REPAIRED:
        return not is_strict
    return evaluation.verdict is Verdict.VALID


def object_status(reply: Message, *, is_strict: bool) -> int | None:
    """Return the exit status for the verdict on a reply; None when it has none."""
    evaluation = evaluation_of(reply)
    if evaluation is None or reply.status is MessageStatus.CANCELLED:
        return None
    if evaluation.verdict is Verdict.CUT_OFF:
        return _CUT_OFF
    return 0 if has_object(evaluation, is_strict=is_strict) else INVALID


def describe_event(event: StreamEvent) -> str:
    """Return the message for a retry or a format fallback; empty for all other events."""
    if isinstance(event, Retrying):
        delay = f"{event.delay_s:.1f}"
        text = _("{reason}: retry {attempt}/{attempts} in {seconds} s").format(
            reason=event.reason, attempt=event.attempt, attempts=event.attempts, seconds=delay
        )
        if server_message := sanitize_line(event.server_message, 300):
            return _("{text} (server message: “{message}”)").format(
                text=text, message=server_message
            )
        return text
    if isinstance(event, CallChanged) and event.call.state.is_final:
        return _describe_call(event.call)
    if isinstance(event, ServerTrouble):
        return event.message
    if isinstance(event, TextWasReasoning):
        return _("the text so far was the model's reasoning; the answer follows")
    return event.message if isinstance(event, FormatDowngraded | RequestAdjusted) else ""


def _describe_call(call: ToolCall) -> str:
    name = sanitize_line(f"{call.server}/{call.name}" if call.name else call.sent_name, 100)
    text = _("tool {name}: {state}").format(name=name, state=call.state.label)
    return f"{text} · {sanitize_line(call.note, 200)}" if call.note else text


def describe_failure(reply: Message, options: OutputOptions) -> str:
    """Return the reason why there is no answer, with advice for a script."""
    error = reply.error_text or _("The endpoint sent no answer.")
    # A pointer to the rest of the response is useless to a script.
    text = Advice.READ_ALL.removed_from(error)
    is_unexplained = reply.error_kind == RequestRejected.kind and text != error
    if options.is_object and options.sent_as != STEPS[-1] and is_unexplained:
        advice = _("If the endpoint rejects the response format, add --send-as {step}.")
        return f"{text} {advice.format(step=STEPS[-1])}"
    return text


def describe_verdict(evaluation: Evaluation, *, is_strict: bool) -> Iterator[str]:
    """Yield the message about a verdict line by line; nothing for a valid answer."""
    if evaluation.verdict is Verdict.VALID:
        return
    if evaluation.verdict is Verdict.REPAIRED:
        repairs = ngettext("{count} repair", "{count} repairs", evaluation.repair_count)
        text = _("The answer was not valid JSON: {repairs}.")
        if is_strict:
            text = _("The answer was not valid JSON: {repairs}; --strict rejects it.")
        yield text.format(repairs=repairs)
        for repair in evaluation.repairs[:_MAX_LISTED]:
            yield f"  {repair.message}"
        return
    yield (
        _("The answer is {verdict}. {reason}")
        .format(verdict=evaluation.label, reason=evaluation.reason)
        .strip()
    )
    for error in evaluation.errors[:_MAX_LISTED]:
        yield "  " + labelled(error.path_text or _("the object"), error.message)
    if more := max(0, evaluation.error_count - _MAX_LISTED):
        yield "  " + ngettext("… and {count} more", "… and {count} more", more)
