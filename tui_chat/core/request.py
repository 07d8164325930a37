"""What an endpoint is asked for once, and which messages go along."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from tui_chat.core.conversation import Message, MessageStatus, Role
from tui_chat.core.profile import Continuing, Profile, Sampling
from tui_chat.core.text.sanitize import replace_surrogates

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


RESPONSE_TYPES: Final = ("text", "json_object", "json_schema")
SUMMARY_HEAD: Final = "The beginning of this conversation is left out. A summary of it:"
"""Stands before a summary that is sent in place of the oldest turns."""


@dataclass(frozen=True, slots=True)
class RequestMessage:
    """One message as it goes over the wire."""

    role: Role
    content: str
    reasoning: str = ""
    """Only set when the profile wants reasoning returned."""
    continuing: Continuing | None = None
    """Set on the last message when it is the beginning of the answer that is asked for."""


@dataclass(frozen=True, slots=True)
class ResponseFormat:
    """In which form the answer is asked for."""

    type: str = "text"
    """text, json_object or json_schema."""
    schema: Mapping[str, Any] | None = None
    name: str = "answer"
    """What the schema is called by the person."""
    is_strict: bool = False
    """Whether the schema keeps to the part of JSON Schema that strict endpoints ask for."""

    @property
    def is_structured(self) -> bool:
        """Whether an object is asked for."""
        return self.type != "text"

    def as_mapping(self) -> dict[str, Any]:
        """Return it as it is stored: plain JSON."""
        if self.schema is None:
            return {"type": self.type}
        schema = dict(self.schema)
        return {"type": self.type, "schema": schema, "name": self.name, "strict": self.is_strict}

    @classmethod
    def from_mapping(cls, stored: Any) -> ResponseFormat:
        """Return what was stored; text when nothing was, or nothing that can be understood."""
        if not isinstance(stored, dict) or stored.get("type") not in RESPONSE_TYPES:
            return cls()
        schema = stored.get("schema")
        if not isinstance(schema, dict):
            return cls("json_object") if stored["type"] != "text" else cls()
        name = str(stored.get("name") or "answer")
        return cls(stored["type"], schema, name, bool(stored.get("strict")))


@dataclass(frozen=True, slots=True)
class CompletionRequest:
    """One request for a completion."""

    model: str
    """Empty: the first model the endpoint offers."""
    messages: tuple[RequestMessage, ...]
    sampling: Sampling = Sampling()
    response_format: ResponseFormat = ResponseFormat()
    stream: bool = True
    extra_body: Mapping[str, Any] = field(default_factory=dict)


def build_request(
    path: Sequence[Message],
    profile: Profile,
    *,
    model: str | None = None,
    system_prompt: str | None = None,
    nickname: str = "",
    summary: str = "",
    beginning: str = "",
) -> CompletionRequest:
    """Return the request that asks for a reply to the last message of a path.

    Args:
        path: What is sent of it, from the oldest message to the question.
        profile: Where it goes.
        model: This conversation's own model; None for the profile's.
        system_prompt: This conversation's own; None for the profile's, an empty text for none.
        nickname: Put in place of `{nickname}` in the system prompt.
        summary: Of what came before the path and is not sent.
        beginning: What there is of the answer already; the endpoint writes on from there.
    """
    prompt = profile.system_prompt if system_prompt is None else system_prompt
    told = [prompt.replace("{nickname}", nickname)] if prompt else []
    if summary:
        # With the system prompt, because a message of its own would break the alternation.
        told.append(f"{SUMMARY_HEAD}\n{summary}")
    messages: list[RequestMessage] = []
    if told:
        messages.append(RequestMessage(Role.SYSTEM, replace_surrogates("\n\n".join(told))))
    messages.extend(_alternating(path, with_reasoning=profile.send_reasoning))
    if beginning:
        text = replace_surrogates(beginning)
        messages.append(RequestMessage(Role.ASSISTANT, text, continuing=profile.continuing))
    return CompletionRequest(
        model=model or profile.model or "",
        messages=tuple(messages),
        sampling=profile.sampling,
        stream=profile.stream,
        extra_body=profile.extra_body,
    )


def _alternating(path: Sequence[Message], *, with_reasoning: bool) -> Iterator[RequestMessage]:
    """Yield question, answer, question, ... and at last the open question.

    A turn without a usable answer is left out as a whole, its question too: strict servers reject
    everything that follows two messages of one role.
    """
    question: Message | None = None
    for message in path:
        if message.deleted_at is not None:
            continue
        if message.role is Role.USER:
            question = message
        elif message.role is Role.ASSISTANT and question is not None:
            if is_usable_answer(message):
                yield RequestMessage(Role.USER, replace_surrogates(question.content))
                reasoning = replace_surrogates(message.reasoning) if with_reasoning else ""
                yield RequestMessage(Role.ASSISTANT, replace_surrogates(message.content), reasoning)
            question = None
    if question is not None:
        yield RequestMessage(Role.USER, replace_surrogates(question.content))


def is_usable_answer(message: Message) -> bool:
    """Say whether an answer goes along with later requests.

    A cancelled or interrupted answer does, with what it has: the person read it and goes on from
    there. A failed, a running, an empty or a reasoning-only one does not.
    """
    if message.status in (MessageStatus.FAILED, MessageStatus.STREAMING):
        return False
    return bool(message.content.strip())
