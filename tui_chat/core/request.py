"""Completion requests, and the selection of messages for them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from tui_chat.core.conversation import Message, MessageStatus, Role
from tui_chat.core.parameters.effort import merged
from tui_chat.core.parameters.parameters import Parameters, extra_body, of_profile
from tui_chat.core.parameters.web_search import web_fields
from tui_chat.core.profile import Continuing, Profile, Sampling
from tui_chat.core.text.sanitize import replace_surrogates

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tui_chat.core.attachments import Attachment
    from tui_chat.core.tools.tool import Tool


RESPONSE_TYPES: Final = ("text", "json_object", "json_schema")
SUMMARY_HEAD: Final = "The beginning of this conversation is left out. A summary of it:"
"""Precedes the summary that replaces the oldest turns."""
MEDIA_ONLY: Final = "[an answer without text]"
"""Sent as the text of a reply that consists of pictures or sound."""
LANGUAGE_INSTRUCTION: Final = "Always answer in this language: {language}"
"""Added to the system prompt if the user chose a language for all answers."""


@dataclass(frozen=True, slots=True)
class SentCall:
    """A tool call of the model, sent back to it."""

    call_id: str
    name: str
    """The name under which the tool was offered."""
    arguments: str
    """JSON text of an object."""


@dataclass(frozen=True, slots=True)
class RequestMessage:
    """A message of a request."""

    role: Role
    content: str
    reasoning: str = ""
    """Only set if the profile sends reasoning back."""
    continuing: Continuing | None = None
    """Set on the last message if it is the partial reply to continue."""
    attachments: tuple[Attachment, ...] = ()
    """Sent before the text, in this order."""
    calls: tuple[SentCall, ...] = ()
    """The tool calls of a reply. Each of them is answered by one of the next messages."""
    answers: SentCall | None = None
    """Set on the result of a tool call, whose role is `tool` on the wire."""


@dataclass(frozen=True, slots=True)
class ResponseFormat:
    """A response format."""

    type: str = "text"
    """text, json_object or json_schema."""
    schema: Mapping[str, Any] | None = None
    name: str = "answer"
    """The user's name for the schema."""
    is_strict: bool = False
    """True if the schema conforms to the subset of JSON Schema that strict endpoints require."""

    @property
    def is_structured(self) -> bool:
        """True if an object is requested."""
        return self.type != "text"

    def as_mapping(self) -> dict[str, Any]:
        """Return the stored representation, as plain JSON values."""
        if self.schema is None:
            return {"type": self.type}
        schema = dict(self.schema)
        return {"type": self.type, "schema": schema, "name": self.name, "strict": self.is_strict}

    @classmethod
    def from_mapping(cls, stored: Any) -> ResponseFormat:
        """Return a stored format; text if it is missing or invalid."""
        if not isinstance(stored, dict) or stored.get("type") not in RESPONSE_TYPES:
            return cls()
        schema = stored.get("schema")
        if not isinstance(schema, dict):
            return cls("json_object") if stored["type"] != "text" else cls()
        name = str(stored.get("name") or "answer")
        return cls(stored["type"], schema, name, bool(stored.get("strict")))


@dataclass(frozen=True, slots=True)
class CompletionRequest:
    """A request for a completion."""

    model: str
    """Empty for the first model of the endpoint."""
    messages: tuple[RequestMessage, ...]
    sampling: Sampling = Sampling()
    response_format: ResponseFormat = ResponseFormat()
    stream: bool = True
    extra_body: Mapping[str, Any] = field(default_factory=dict)
    tools: Mapping[str, Tool] = field(default_factory=dict)
    """The offered tools by the names under which they are sent."""
    tool_choice: str = "auto"
    """auto, required, none, or the sent name of the tool to call."""


def build_request(
    path: Sequence[Message],
    profile: Profile,
    *,
    model: str | None = None,
    parameters: Parameters = Parameters(),
    nickname: str = "",
    answer_language: str = "",
    summary: str = "",
    beginning: str = "",
    searches_web: bool = False,
) -> CompletionRequest:
    """Build the request for a reply to the last message of a path.

    Args:
        path: The messages to send, from the oldest one to the question.
        profile: The endpoint.
        model: The conversation's own model; None for the profile's.
        parameters: Those of the conversation; they win over those of the profile.
        nickname: Replaces `{nickname}` in the system prompt.
        answer_language: The language to answer in, as the user wrote it; empty for the model's
            choice.
        summary: A summary of earlier messages that are not sent.
        beginning: The partial reply to continue; empty for a new reply.
        searches_web: Whether the endpoint is asked to search the web.
    """
    fields = extra_body(profile, parameters)
    if searches_web:
        # What the user has written into `extra_body` wins.
        fields = merged(web_fields(profile) or {}, fields)
    chosen = parameters.over(of_profile(profile))
    prompt = chosen.system_prompt
    system = [prompt.replace("{nickname}", nickname)] if prompt else []
    if answer_language:
        system.append(LANGUAGE_INSTRUCTION.format(language=answer_language))
    if summary:
        # In the system prompt: a separate message would break the alternation of roles.
        system.append(f"{SUMMARY_HEAD}\n{summary}")
    messages: list[RequestMessage] = []
    if system:
        messages.append(RequestMessage(Role.SYSTEM, replace_surrogates("\n\n".join(system))))
    messages.extend(_alternating(path, with_reasoning=profile.send_reasoning))
    if beginning:
        text = replace_surrogates(beginning)
        messages.append(RequestMessage(Role.ASSISTANT, text, continuing=profile.continuing))
    return CompletionRequest(
        model=model or profile.model or "",
        messages=tuple(messages),
        sampling=chosen.sampling,
        stream=profile.stream,
        extra_body=fields,
    )


def _alternating(path: Sequence[Message], *, with_reasoning: bool) -> Iterator[RequestMessage]:
    """Yield question, reply, question, ... and finally the open question.

    A turn without a usable reply is omitted with its question: strict servers reject
    consecutive messages of one role.
    """
    question: Message | None = None
    for message in path:
        if message.deleted_at is not None:
            continue
        if message.role is Role.USER:
            question = message
        elif message.role is Role.ASSISTANT and question is not None:
            if is_usable_answer(message):
                yield _asked(question)
                reasoning = replace_surrogates(message.reasoning) if with_reasoning else ""
                text = message.content if message.content.strip() else MEDIA_ONLY
                yield RequestMessage(Role.ASSISTANT, replace_surrogates(text), reasoning)
            question = None
    if question is not None:
        yield _asked(question)


def _asked(question: Message) -> RequestMessage:
    content = replace_surrogates(question.content)
    return RequestMessage(Role.USER, content, attachments=sent_attachments(question))


def sent_attachments(message: Message) -> tuple[Attachment, ...]:
    """Return the attachments of a message that requests contain: those of a question.

    Endpoints accept pictures in questions only.
    """
    return message.attachments if message.role is Role.USER else ()


def is_usable_answer(message: Message) -> bool:
    """Return whether a reply is sent with later requests.

    Cancelled and interrupted replies are sent, because the user has read them. Failed, running,
    empty and reasoning-only replies are not. A reply that is a picture is represented by a text.
    """
    if message.status in (MessageStatus.FAILED, MessageStatus.STREAMING):
        return False
    return bool(message.content.strip() or message.attachments)
