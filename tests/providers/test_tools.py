"""Tools on the wire: offered, answered, refused."""

from __future__ import annotations

import json
from contextlib import aclosing
from typing import Any

import pytest

from tests.providers.case import profile_at
from tests.providers.wire import DONE, delta, error_answer, hello
from tests.sse_server import Answer, SseServer
from tui_chat.core.conversation import Role
from tui_chat.core.profile import Profile
from tui_chat.core.request import CompletionRequest, RequestMessage, SentCall
from tui_chat.core.stream_events import Finished, RequestAdjusted
from tui_chat.core.text.redact import Redactor
from tui_chat.core.tools.events import RequestedCall
from tui_chat.core.tools.tool import Tool
from tui_chat.providers import open_provider
from tui_chat.providers.errors.http_errors import HttpErrors
from tui_chat.providers.learned_rules import Rule, rule_for
from tui_chat.providers.request_body import request_body

_TOOLS = {"t__now": Tool("t", "now", "The time.", {"$schema": "x", "type": "object"})}
_ASKED = RequestMessage(Role.USER, "When?")
_CALL = SentCall("call_123456", "t__now", '{"a": 1}')
_ROUND = (
    _ASKED,
    RequestMessage(Role.ASSISTANT, "", reasoning="hm", calls=(_CALL,)),
    RequestMessage(Role.USER, "noon", answers=_CALL),
)
_CALLING = delta(tool_calls=[{"index": 0, "id": "a", "function": {"name": "t__now"}}])
_ERRORS = HttpErrors(Profile("p", "https://x/v1"), Redactor([]))


def _request(*messages: RequestMessage, **fields: Any) -> CompletionRequest:
    return CompletionRequest("m", messages or (_ASKED,), tools=_TOOLS, **fields)


@pytest.mark.parametrize(
    ("choice", "sent"),
    [
        ("auto", None),
        ("none", "none"),
        ("required", "required"),
        ("t__now", {"type": "function", "function": {"name": "t__now"}}),
    ],
)
def test_tools_are_offered(choice: str, sent: Any) -> None:
    body = request_body(_request(tool_choice=choice))
    assert body["tools"] == [
        {
            "type": "function",
            "function": {
                "name": "t__now",
                "description": "The time.",
                "parameters": {"type": "object", "properties": {}},
            },
        }
    ]
    assert body.get("tool_choice") == sent


def test_calls_and_results_are_sent_back() -> None:
    assert request_body(_request(*_ROUND))["messages"][1:] == [
        {
            "role": "assistant",
            "content": None,
            "reasoning_content": "hm",
            "tool_calls": [
                {
                    "id": "call_123456",
                    "type": "function",
                    "function": {"name": "t__now", "arguments": '{"a": 1}'},
                }
            ],
        },
        {"role": "tool", "tool_call_id": "call_123456", "content": "noon"},
    ]


_BODY = request_body(_request(*_ROUND))


def _rule(message: str, status: int = 400) -> Rule | None:
    body = json.dumps({"error": {"message": message}})
    return rule_for(_ERRORS.of_status(status, {}, body), _BODY)


@pytest.mark.parametrize(
    "message",
    [
        "registry.ollama.ai/library/gemma:2b does not support tools",
        "No endpoints found that support tool use. Try disabling tools.",
        '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set',
        "tools param requires --jinja flag",
        "`tool calling` is not supported with this model",
        "Unsupported parameter: 'tools' is not supported with this model.",
        "Function calling is not enabled for models/gemma-3-4b-it",
        "This model doesn't support tool use in streaming mode.",
        "deepseek-reasoner does not support Function Calling",
        "该模型不支持工具调用",
    ],
)
def test_a_refusal_of_tools_is_learned(message: str) -> None:
    assert _rule(message) == Rule("tools")


@pytest.mark.parametrize(
    ("message", "rule"),
    [
        (
            "Tool call id was call_123456 but must be a-z, A-Z, 0-9, with a length of 9.",
            Rule("ids"),
        ),
        (
            "'messages.1' : property 'reasoning_content' is unsupported",
            Rule("reasoning"),
        ),
        ("json mode cannot be combined with tool/function calling", None),
        ("Function calling with a response mime type: 'application/json' is unsupported", None),
        ("Cannot use custom grammar constraints with tools.", None),
        ("Invalid schema for function 't__now': None is not of type 'array'.", None),
        ("Invalid 'tools': array too long. Expected maximum length 128.", None),
        ("An assistant message with 'tool_calls' must be followed by tool messages", None),
        ("Overloaded", None),
    ],
)
def test_other_refusals_are_not_about_tools(message: str, rule: Rule | None) -> None:
    assert _rule(message) == rule


def test_rules_rewrite_the_messages() -> None:
    short = Rule("ids").apply(_BODY)["messages"]
    assert short[1]["tool_calls"][0]["id"] == short[2]["tool_call_id"]
    assert len(short[2]["tool_call_id"]) == 9
    assert "reasoning_content" not in Rule("reasoning").apply(_BODY)["messages"][1]
    plain = Rule("tools").apply(_BODY)
    assert "tools" not in plain
    assert plain["messages"] == [
        {"role": "user", "content": "When?"},
        {
            "role": "assistant",
            "content": '[call: t__now {"a": 1}]\n[result: noon]',
            "reasoning_content": "hm",
        },
    ]


async def test_an_endpoint_without_tools_answers_and_is_remembered() -> None:
    refusal = error_answer(400, "model m does not support tools")
    notices = []
    async with SseServer(refusal, Answer((hello(DONE),))) as server:
        provider = await open_provider(profile_at(server), None)
        for _ in range(2):
            async with aclosing(provider.stream(_request())) as events:
                found = [it.message async for it in events if isinstance(it, RequestAdjusted)]
            notices.append(found)
        await provider.aclose()
    assert notices == [["asked without tools, which this model does not accept"]] * 2
    assert ["tools" in request.json for request in server.requests] == [True, False, False]


async def test_a_reply_of_calls_alone_is_complete() -> None:
    async with SseServer(Answer((_CALLING + delta(finish="tool_calls") + DONE,))) as server:
        provider = await open_provider(profile_at(server), None)
        async with aclosing(provider.stream(_request())) as events:
            last = [event async for event in events][-1]
        await provider.aclose()
    assert isinstance(last, Finished)
    assert (last.reason, last.detail) == ("tool_calls", "")
    assert last.calls == (RequestedCall("t__now", "{}", "a"),)
