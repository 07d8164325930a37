"""The body of a request for a completion."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from tui_chat.core.conversation import Role
from tui_chat.core.profile import Continuing

if TYPE_CHECKING:
    # The SDK's own types say what an endpoint takes; importing them at run time costs 0.3 s.
    from openai.types.chat import ChatCompletionStreamOptionsParam as StreamOptions
    from openai.types.chat.completion_create_params import ResponseFormat as SentFormat
    from openai.types.shared_params.response_format_json_schema import JSONSchema

    from tui_chat.core.request import CompletionRequest, RequestMessage, ResponseFormat


_NOT_IN_NAME: Final = re.compile(r"[^A-Za-z0-9_-]+")
_NAME_LIMIT: Final = 64
"""Characters of a schema's name at OpenAI, and which they may be."""


def request_body(request: CompletionRequest, *, with_usage: bool = True) -> dict[str, Any]:
    """Return what is sent as JSON; only what is set is in it.

    Args:
        request: What is asked for.
        with_usage: Whether a stream is asked to end with its usage; some servers refuse that.
    """
    body: dict[str, Any] = {
        "model": request.model,
        "messages": [_message(message) for message in request.messages],
        **request.sampling.as_body(),
    }
    if request.stream:
        body["stream"] = True
        if with_usage:
            options: StreamOptions = {"include_usage": True}
            body["stream_options"] = options
    response_format = _response_format(request.response_format)
    if response_format is not None:
        body["response_format"] = response_format
    if request.messages and request.messages[-1].continuing is Continuing.VLLM:
        body |= {"continue_final_message": True, "add_generation_prompt": False}
    return body | dict(request.extra_body)


def _message(message: RequestMessage) -> dict[str, Any]:
    fields: dict[str, Any] = {"role": message.role.value, "content": message.content}
    if message.role is Role.ASSISTANT and message.reasoning:
        fields["reasoning_content"] = message.reasoning
    if message.continuing in (Continuing.PREFIX, Continuing.PARTIAL):
        fields[message.continuing.value] = True
    return fields


def _response_format(wanted: ResponseFormat) -> SentFormat | None:
    if wanted.type == "text":
        return None
    if wanted.type == "json_schema":
        schema: JSONSchema = {
            "name": _sent_name(wanted.name),
            "schema": dict(wanted.schema or {}),
        }
        # Said of a schema that is not, endpoints refuse the whole request.
        if wanted.is_strict:
            schema["strict"] = True
        return {"type": "json_schema", "json_schema": schema}
    return {"type": "json_object"}


def _sent_name(name: str) -> str:
    """Return the name of a schema as endpoints allow it."""
    return _NOT_IN_NAME.sub("_", name).strip("_")[:_NAME_LIMIT] or "answer"
