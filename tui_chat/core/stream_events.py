"""Stream events: the whole vocabulary of a provider."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tui_chat.core.labels import _


class Phase(StrEnum):
    """What is waited for before the first content; the value is what a person reads."""

    ENGINE = "starting the local model"
    CONNECTING = "connecting"
    FIRST_TOKEN = "waiting for first token"  # noqa: S105 - a phrase, not a password


@dataclass(frozen=True, slots=True)
class Waiting:
    """Nothing has come yet, and this is why."""

    phase: Phase


@dataclass(frozen=True, slots=True)
class Retrying:
    """A request failed before any content came and is tried again after a pause."""

    attempt: int
    """The try that comes next; the first request was try 1."""
    attempts: int
    """How many tries there are in all."""
    delay_s: float
    reason: str
    """In a few words, such as "rate-limited" or "server error 503"."""
    server_message: str = ""
    """What the endpoint said, masked and shortened; not sanitized. Empty if it said nothing."""


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
class TextDelta:
    """A new piece of the answer. Never empty."""

    text: str


@dataclass(frozen=True, slots=True)
class ReasoningDelta:
    """A new piece of what the model thought before it answered. Never empty."""

    text: str


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens as the endpoint counted them; None where it did not say."""

    input_tokens: int | None = None
    output_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class Finished:
    """The endpoint said that the answer has ended. The last event of a stream."""

    reason: str
    """finish_reason as it came: stop, length, content_filter, tool_calls, ..."""
    usage: Usage | None = None
    detail: str = ""
    """What the reason alone does not tell, such as the name of a tool that was asked for."""
    model: str | None = None
    """The model that answered, if the endpoint named it."""
    sent_as: str = ""
    """In which form an object was asked for: json_schema, json_object or prompt."""
    asked_model: str = ""
    """The model that the provider chose where the request named none."""
    lost_events: int = 0
    """How many events could not be read, each of them perhaps a piece of the answer."""


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """A model that an endpoint offers."""

    id: str
    context_tokens: int | None = None
    """How much it can hold, where the endpoint's metadata says so."""


StreamEvent = Waiting | Retrying | FormatDowngraded | TextDelta | ReasoningDelta | Finished

_AT_LIMIT: Final = "cut off at the token limit"
_FULL: Final = "cut off: the context is full"
_FILTERED: Final = "withheld by the endpoint's content filter"
_BROKEN: Final = "cut off: the endpoint could not go on"
_CUT_WORDS: Final = {
    "length": _AT_LIMIT,
    "max_tokens": _AT_LIMIT,
    "max_output_tokens": _AT_LIMIT,
    "max_length": _AT_LIMIT,
    "model_length": _FULL,
    "model_context_window_exceeded": _FULL,
    "context_length_exceeded": _FULL,
    "content_filter": _FILTERED,
    "safety": _FILTERED,
    "sensitive": _FILTERED,
    "recitation": _FILTERED,
    "prohibited_content": _FILTERED,
    "insufficient_system_resource": "cut off: the endpoint ran out of resources",
    "network_error": _BROKEN,
    "timeout": _BROKEN,
    "cancelled": _BROKEN,
    "canceled": _BROKEN,
}
"""Of answers that are not whole. Beside OpenAI's: those of Anthropic, DeepSeek, Gemini, Mistral,
and Zhipu, as their interfaces in OpenAI's format pass them on."""
_FINISH_WORDS: Final = {
    "stop": "",
    "eos": "",
    "eos_token": "",
    "end_turn": "",
    "stop_sequence": "",
    "complete": "",
    "tool_calls": "the model asked for a tool, and there is none here",
    "function_call": "the model asked for a tool, and there is none here",
    "refusal": "the model refused",
    **_CUT_WORDS,
}


def is_at_limit(reason: str | None) -> bool:
    """Say whether an answer ended because no more tokens were allowed, and can be continued."""
    return _CUT_WORDS.get((reason or "").lower()) in (_AT_LIMIT, _FULL)


def is_cut(reason: str | None) -> bool:
    """Say whether a finish_reason means that the answer is not whole."""
    return (reason or "").lower() in _CUT_WORDS


def is_refused(reason: str | None) -> bool:
    """Say whether the model or its endpoint would not answer."""
    known = (reason or "").lower()
    return known == "refusal" or _CUT_WORDS.get(known) == _FILTERED


def finish_label(reason: str | None) -> str:
    """Return what a finish_reason means for a person; an empty text when the answer is whole."""
    if reason is None:
        return ""
    return _FINISH_WORDS.get(reason.lower(), f"ended with the reason “{reason}”")
