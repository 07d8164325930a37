"""Builds the body of a request for a completion."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from tui_chat.core.conversation import Role
from tui_chat.core.profile import Continuing
from tui_chat.core.request import AUTO
from tui_chat.providers.message_parts import message_content

if TYPE_CHECKING:
    from collections.abc import Collection

    # The SDK's types describe the request; importing them at run time costs 0.3 s.
    from openai.types.chat import ChatCompletionStreamOptionsParam as StreamOptions
    from openai.types.chat.chat_completion_function_tool_param import (
        ChatCompletionFunctionToolParam as FunctionTool,
    )
    from openai.types.chat.chat_completion_message_function_tool_call_param import (
        ChatCompletionMessageFunctionToolCallParam as ToolCallParam,
    )
    from openai.types.chat.chat_completion_message_function_tool_call_param import Function
    from openai.types.chat.completion_create_params import ResponseFormat as SentFormat
    from openai.types.shared_params.function_definition import FunctionDefinition
    from openai.types.shared_params.response_format_json_schema import JSONSchema

    from tui_chat.core.request import CompletionRequest, RequestMessage, ResponseFormat, SentCall


_NOT_IN_NAME: Final = re.compile(r"[^A-Za-z0-9_-]+")
_NAME_LIMIT: Final = 64
"""Length limit for the name of a schema at OpenAI."""


def request_body(
    request: CompletionRequest, *, with_usage: bool = True, refused_parts: Collection[str] = ()
) -> dict[str, Any]:
    """Return the JSON body of a request; settings without a value are left out.

    Args:
        request: The request.
        with_usage: Whether to request the usage at the end of a stream; some servers reject that.
        refused_parts: Types of parts that the endpoint does not accept; see `message_content`.
    """
    body: dict[str, Any] = {
        "model": request.model,
        "messages": [_message(message, refused_parts) for message in request.messages],
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
    if request.tools:
        body |= _tools(request)
    if request.messages and request.messages[-1].continuing is Continuing.VLLM:
        body |= {"continue_final_message": True, "add_generation_prompt": False}
    return body | dict(request.extra_body)


def _message(message: RequestMessage, refused_parts: Collection[str]) -> dict[str, Any]:
    content = message_content(message, refused_parts)
    if message.answers is not None:
        return {"role": "tool", "tool_call_id": message.answers.call_id, "content": content}
    fields: dict[str, Any] = {"role": message.role.value, "content": content}
    if message.calls:
        fields["content"] = content or None
        fields["tool_calls"] = [_call(call) for call in message.calls]
    if message.role is Role.ASSISTANT and message.reasoning:
        fields["reasoning_content"] = message.reasoning
    if message.continuing in (Continuing.PREFIX, Continuing.PARTIAL):
        fields[message.continuing.value] = True
    return fields


def _call(call: SentCall) -> ToolCallParam:
    function: Function = {"name": call.name, "arguments": call.arguments}
    return {"id": call.call_id, "type": "function", "function": function}


def _tools(request: CompletionRequest) -> dict[str, Any]:
    """Return the fields of a request that offer its tools."""
    offered: list[FunctionTool] = []
    for name, tool in request.tools.items():
        # An object without properties is rejected by OpenAI, the dialect by others.
        schema = {"type": "object", "properties": {}, **tool.input_schema}
        schema.pop("$schema", None)
        function: FunctionDefinition = {"name": name, "parameters": schema}
        if tool.description:
            function["description"] = tool.description
        offered.append({"type": "function", "function": function})
    fields: dict[str, Any] = {"tools": offered}
    if request.tool_choice in request.tools:
        fields["tool_choice"] = {"type": "function", "function": {"name": request.tool_choice}}
    elif request.tool_choice != AUTO:
        fields["tool_choice"] = request.tool_choice
    return fields


def _response_format(wanted: ResponseFormat) -> SentFormat | None:
    if wanted.type == "text":
        return None
    if wanted.type == "json_schema":
        schema: JSONSchema = {
            "name": _sent_name(wanted.name),
            "schema": dict(wanted.schema or {}),
        }
        # `strict: true` on a schema that is not strict-compatible makes the endpoint reject the
        # whole request.
        if wanted.is_strict:
            schema["strict"] = True
        return {"type": "json_schema", "json_schema": schema}
    return {"type": "json_object"}


def _sent_name(name: str) -> str:
    """Return the name of a schema, reduced to the characters that endpoints allow."""
    return _NOT_IN_NAME.sub("_", name).strip("_")[:_NAME_LIMIT] or "answer"
