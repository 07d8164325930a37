"""Stream events: everything that a provider reports about a request."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import TYPE_CHECKING, Final

from tui_chat.core.labels import N_, _
from tui_chat.core.tools.events import (
    CallChanged,
    CallProgress,
    CallWriting,
    RoundStarted,
    ServerTrouble,
)

if TYPE_CHECKING:
    from tui_chat.core.reply_extras import ReplyExtra
    from tui_chat.core.tools.events import RequestedCall


class Phase(StrEnum):
    """The phases before the first content; the values are labels (look them up with `_()`)."""

    ENGINE = N_("starting the local model")
    TOOLS = N_("starting the tools")
    CONNECTING = N_("connecting")
    FIRST_TOKEN = N_("waiting for first token")


@dataclass(frozen=True, slots=True)
class Waiting:
    """No content has arrived yet."""

    phase: Phase


@dataclass(frozen=True, slots=True)
class Retrying:
    """A request failed before any content arrived and is retried after a delay."""

    attempt: int
    """The number of the next attempt; the first request was attempt 1."""
    attempts: int
    """The maximum number of attempts."""
    delay_s: float
    reason: str
    """A short label, such as "rate-limited" or "server error 503"."""
    server_message: str = ""
    """The endpoint's message, redacted and shortened, not sanitized; empty if there is none."""


def format_label(name: str) -> str:
    """Return a label for a response format, such as "asked as json_object"."""
    return _("asked in the prompt") if name == "prompt" else _("asked as {name}").format(name=name)


@dataclass(frozen=True, slots=True)
class FormatDowngraded:
    """The endpoint rejected a response format and is asked for a weaker one."""

    refused: str
    """json_schema or json_object."""
    fallback: str
    """json_object or prompt."""
    reason: str
    """The endpoint's own message, shortened."""

    @property
    def label(self) -> str:
        """The weaker format, such as "asked as json_object"."""
        return format_label(self.fallback)

    @property
    def message(self) -> str:
        """A short notice, such as "asked as json_object: json_schema was rejected"."""
        return _("{label}: {refused} was rejected").format(label=self.label, refused=self.refused)


@dataclass(frozen=True, slots=True)
class RequestAdjusted:
    """The endpoint refused a detail of the request, which is sent again without it."""

    message: str
    """A short notice, such as "max_tokens is sent as max_completion_tokens"."""


@dataclass(frozen=True, slots=True)
class TextDelta:
    """New text of the reply. Never empty."""

    text: str


@dataclass(frozen=True, slots=True)
class ReasoningDelta:
    """New reasoning text. Never empty."""

    text: str


@dataclass(frozen=True, slots=True)
class TextWasReasoning:
    """All text of the reply so far is reasoning; the answer begins now."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Token counts reported by the endpoint; None if not reported."""

    input_tokens: int | None = None
    output_tokens: int | None = None
    cached_tokens: int | None = None
    """The input tokens that the endpoint had in its cache."""
    cost: float | None = None
    """The cost of the request in US dollars."""


@dataclass(frozen=True, slots=True)
class PartsArrived:
    """Parts of the reply beside its text; `Finished` repeats them, unless the reply is cut off."""

    extras: tuple[ReplyExtra, ...]
    """Those that are new. Sound comes in pieces."""


@dataclass(frozen=True, slots=True)
class Finished:
    """The reply is complete. The last event of a stream."""

    reason: str
    """finish_reason as received: stop, length, content_filter, tool_calls, ..."""
    usage: Usage | None = None
    detail: str = ""
    """A detail of the reason, such as the name of a requested tool."""
    model: str | None = None
    """The model that replied, if the endpoint named it."""
    sent_as: str = ""
    """The response format that was sent: json_schema, json_object or prompt."""
    asked_model: str = ""
    """The model that the provider chose because the request named none."""
    lost_events: int = 0
    """The number of unreadable events, which may have contained text."""
    extras: tuple[ReplyExtra, ...] = ()
    """Parts of the reply beside its text."""
    note: str = ""
    """A notice for the user about a complete reply; usually empty."""
    calls: tuple[RequestedCall, ...] = ()
    """The tool calls of the reply, in their order."""


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """A model in the list of an endpoint."""

    id: str
    context_tokens: int | None = None
    """The context size, if the endpoint reports it."""
    can_chat: bool = True
    """False for embeddings, speech, pictures and the like, as far as the list shows."""
    accepts_pictures: bool | None = None
    """True if pictures can be sent to it; None if the list does not tell."""


StreamEvent = (
    Waiting
    | Retrying
    | FormatDowngraded
    | RequestAdjusted
    | TextDelta
    | ReasoningDelta
    | TextWasReasoning
    | CallWriting
    | CallChanged
    | CallProgress
    | ServerTrouble
    | RoundStarted
    | PartsArrived
    | Finished
)


class _Cut(Enum):
    """The causes of incomplete replies, with their labels."""

    AT_LIMIT = N_("cut off at the token limit")
    CONTEXT_FULL = N_("cut off: the context is full")
    FILTERED = N_("withheld by the endpoint's content filter")
    FAILED = N_("cut off by an error of the endpoint")
    NO_RESOURCES = N_("cut off: the endpoint ran out of resources")


_CUTS: Final = {
    "length": _Cut.AT_LIMIT,
    "max_tokens": _Cut.AT_LIMIT,
    "max_output_tokens": _Cut.AT_LIMIT,
    "max_length": _Cut.AT_LIMIT,
    "model_length": _Cut.CONTEXT_FULL,
    "model_context_window_exceeded": _Cut.CONTEXT_FULL,
    "context_length_exceeded": _Cut.CONTEXT_FULL,
    "content_filter": _Cut.FILTERED,
    "safety": _Cut.FILTERED,
    "sensitive": _Cut.FILTERED,
    "recitation": _Cut.FILTERED,
    "prohibited_content": _Cut.FILTERED,
    "insufficient_system_resource": _Cut.NO_RESOURCES,
    "network_error": _Cut.FAILED,
    "timeout": _Cut.FAILED,
    "cancelled": _Cut.FAILED,
    "canceled": _Cut.FAILED,
}
"""Reasons of incomplete replies: those of OpenAI, and those of Anthropic, DeepSeek, Gemini, Mistral
and Zhipu as their OpenAI-compatible interfaces pass them on."""
TOOL_ROUNDS: Final = "tool_rounds"
"""finish_reason of a reply that still called tools in its last round."""
_TOOL: Final = N_("the model requested a tool that is not available")
_FINISH_LABELS: Final = {
    "stop": "",
    "eos": "",
    "eos_token": "",
    "end_turn": "",
    "stop_sequence": "",
    "complete": "",
    "tool_calls": _TOOL,
    TOOL_ROUNDS: N_("stopped at the limit of rounds of tool calls"),
    "function_call": _TOOL,
    "refusal": N_("the model refused"),
    **{reason: cut.value for reason, cut in _CUTS.items()},
}


def is_at_limit(reason: str | None) -> bool:
    """Return whether a reply ended at a token limit, so that it can be continued."""
    return _CUTS.get((reason or "").lower()) in (_Cut.AT_LIMIT, _Cut.CONTEXT_FULL)


def is_cut(reason: str | None) -> bool:
    """Return whether a finish_reason means that the reply is incomplete."""
    return (reason or "").lower() in _CUTS


def is_refused(reason: str | None) -> bool:
    """Return whether the model or its endpoint refused to reply."""
    known = (reason or "").lower()
    return known == "refusal" or _CUTS.get(known) is _Cut.FILTERED


def finish_label(reason: str | None) -> str:
    """Return a label for a finish_reason; empty if the reply is complete."""
    if reason is None:
        return ""
    label = _FINISH_LABELS.get(reason.lower())
    if label is None:
        return _("ended with the reason “{reason}”").format(reason=reason)
    return _(label)
