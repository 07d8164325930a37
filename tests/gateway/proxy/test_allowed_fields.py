"""Rejected requests; no request makes the gateway fail."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.gateway.running import QUESTION, Gateway
from tests.providers.wire import END, completion, delta, hello, json_answer
from tests.sse_server import Answer, SseServer
from tui_chat.core.parameters.effort import EFFORTS, EffortStyle, effort_body
from tui_chat.gateway.http.errors import BOUNDARY, ErrorReply
from tui_chat.gateway.proxy.allowed_fields import checked_completion

if TYPE_CHECKING:
    from pathlib import Path

    from tests.gateway.conftest import Opener

TOOL: Final = {"type": "function", "function": {"name": "f", "parameters": {}}}
CALL: Final = {"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
GOOD: Final[dict[str, Any]] = {
    "model": "m",
    "messages": [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": [{"type": "text", "text": "Hi"}], "name": "Ada"},
        {"role": "assistant", "content": None, "tool_calls": [CALL]},
        {"role": "tool", "content": "3", "tool_call_id": "1"},
    ],
    "stream": True,
    "stream_options": {"include_usage": True},
    "temperature": 0,
    "top_p": 1.0,
    "max_tokens": 5,
    "frequency_penalty": -2,
    "presence_penalty": 2,
    "seed": -1,
    "stop": ["a", "b"],
    "response_format": {"type": "json_object"},
    "tools": [TOOL],
    "tool_choice": "auto",
    "parallel_tool_calls": False,
    "top_k": 40,
    "reasoning_effort": "low",
    "min_p": 0.05,
    "repetition_penalty": 1.1,
    "logit_bias": {"50256": -100},
    "continue_final_message": True,
    "add_generation_prompt": False,
}
BAD: Final[dict[str, list[Any]]] = {
    "model": [1, "", "x" * 300, ["m"]],
    "messages": [
        [], {}, "Hi", [1], [{}], [{"role": "user", "content": 1}],
        [{"role": "boss", "content": ""}],
        [{"role": "user", "content": "", "cache_control": {"type": "x"}}],
        [{"role": ["user"], "content": ""}],
        [{"role": "user", "content": ["x"]}], [{"role": "user", "content": "", "name": 3}],
        [{"role": "user", "content": [{"type": "file", "file": {"file_id": "file-1"}}]}],
        [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "file:///x"}}]}],
        [{"role": "user", "content": [{"type": "image_url", "image_url": "/etc/passwd"}]}],
        [{"role": "user", "content": [{"type": "server_tool"}]}],
        [{"role": "user", "content": [{"text": "no type"}]}],
        [{"role": "user", "content": [{"type": "text", "text": {}}]}],
        [{"role": "user", "content": [{"type": "image_url"}]}],
        [{"role": "assistant", "content": "", "tool_calls": [CALL | {"function": {"name": 3}}]}],
        [{"role": "assistant", "content": "", "tool_calls": [{}]}],
        [{"role": "assistant", "content": "", "tool_calls": [CALL | {"type": None}]}],
        [{"role": "assistant", "content": "", "prefix": "yes"}],
        [{"role": "assistant", "content": "", "function_call": {"name": "f"}}],
    ],
    "stream": ["true", 1, 0, "yes", [], {}],
    "stream_options": [True, {"other": 1}, {"include_usage": 1}],
    "temperature": [-0.1, 2.1, "1", True, 10**400, []],
    "top_p": [1.1, -1],
    "max_tokens": [0, 1.5, "5", True, -1, 10**30],
    "seed": [1.5, 2**70, "1"],
    "stop": ["", [], [1], ["x"] * 17, {}],
    "response_format": [
        "json", [], {"type": 1}, {"type": "json_schema", "json_schema": {"schema": 1}},
    ],
    "tools": [{}, ["f"], [TOOL] * 129, [{"type": "web_search"}], [{"type": ["function"]}],
        [{"type": "function", "function": {}}], [{"type": "function", "function": {"name": 1}}]],
    "top_k": [1.5, "1"],
    "logit_bias": [[1], {"1": 101}, {"1": "x"}],
    "tool_choice": [1, True],
    "parallel_tool_calls": ["no"],
    "n": [0, 2, "1", True],
    "store": [True],
    "logprobs": [1, "yes"],
    "top_logprobs": [21, -1],
    "metadata": ["a", {"a": {}}, {str(n): "x" for n in range(65)}],
    "thinking": [True, {"a": []}],
    "chat_template_kwargs": [[], {"a": {}}],
    "web_search_options": [{"search_context_size": "high"}],
    "webhook": ["https://example.org"],
    "background": [True],
    "modalities": [["text", "audio"]],
    "provider": [{"order": ["x"]}],
    "models": [["a", "b"]],
}  # fmt: skip


def checked(body: dict[str, Any]) -> dict[str, Any]:
    fields, ignored = checked_completion(body)
    assert not ignored
    return fields


def test_fields_of_a_chat_are_relayed_unchanged() -> None:
    assert checked_completion(GOOD) == (GOOD, [])
    assert checked({"messages": QUESTION, "n": 1, "user": None}) == {"messages": QUESTION}


def test_unset_fields_of_libraries_are_dropped() -> None:
    unsaid = {
        "user": "ada", "safety_identifier": "x", "prompt_cache_key": "x", "n": 1, "stop": None,
        "store": False, "functions": [],
    }  # fmt: skip
    assert checked({"messages": QUESTION} | unsaid) == {"messages": QUESTION}


def test_a_reply_can_be_sent_back_unchanged() -> None:
    answer = {
        "role": "assistant", "content": None, "refusal": None, "annotations": [{"type": "x"}],
        "audio": None, "function_call": None, "tool_calls": [CALL],
        "reasoning_details": [{"type": "reasoning.text", "text": "Hm."}],
    }  # fmt: skip
    sent = checked({"messages": [*QUESTION, answer]})["messages"][-1]
    assert sent == {
        name: answer[name] for name in ("role", "content", "tool_calls", "reasoning_details")
    }


@pytest.mark.parametrize("field", ["prefix", "partial"])
def test_a_client_may_request_a_continuation(field: str) -> None:
    messages = [*QUESTION, {"role": "assistant", "content": "Once", field: True}]
    assert checked({"messages": messages}) == {"messages": messages}


def test_inline_images_and_files_are_relayed() -> None:
    parts = [
        {"type": "text", "text": "What is this?"},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}},
        {"type": "image_url", "image_url": {"url": "https://example.org/x.png", "detail": "low"}},
        {"type": "file", "file": {"filename": "x.pdf", "file_data": "data:application/pdf,x"}},
        {"type": "input_audio", "input_audio": {"data": "AA==", "format": "wav"}},
    ]
    messages = [{"role": "user", "content": parts}]
    assert checked({"messages": messages}) == {"messages": messages}


@pytest.mark.parametrize(
    ("field", "value"), [(field, value) for field, values in BAD.items() for value in values]
)
def test_other_fields_are_rejected_with_a_message(field: str, value: Any) -> None:
    with pytest.raises(ErrorReply) as refused:
        checked_completion({"messages": QUESTION, "stream": True} | {field: value})
    assert refused.value.status == 400
    assert refused.value.param == field
    assert field in refused.value.message
    refused.value.as_json().decode()
    refused.value.as_block().decode()


HARMLESS = {
    "chat_template_kwargs": {"enable_thinking": False},
    "logprobs": True,
    "top_logprobs": 3,
    "metadata": {"chat": "1"},
    "verbosity": "low",
    "service_tier": "flex",
    "thinking": {"type": "enabled", "budget_tokens": 100},
    "enable_thinking": False,
    "reasoning": {"effort": "low"},
}


def test_harmless_fields_of_clients_are_relayed() -> None:
    body = {"messages": QUESTION} | HARMLESS
    assert checked(body) == body


def test_unknown_fields_are_left_out_and_named() -> None:
    unknown = {"functions": [{"name": "f"}], "x_y": 1, "\ud800": [1], "service_tier": "priority"}
    fields, ignored = checked_completion({"messages": QUESTION} | unknown)
    assert fields == {"messages": QUESTION}
    assert ignored == ["functions", "x_y", "\ud800", "service_tier"]


@pytest.mark.parametrize(
    "body",
    [
        {"messages": QUESTION, "model": "m"},
        {"messages": QUESTION, "stream": "yes"},
        {"messages": QUESTION, "nickname": 1},
        {"messages": QUESTION, "nickname": "x" * 300},
        {"messages": []},
        {"messages": "Hi"},
        {"messages": [{"role": "system", "content": "I am the boss."}, *QUESTION]},
        {"messages": [{"role": "user", "content": "Hi", "name": "x"}]},
        {"messages": [*QUESTION, {"role": "assistant", "content": "Hello"}]},
        {"messages": [{"role": "user", "content": None}]},
        {},
    ],
    ids=range(11),
)
async def test_bodies_of_api_chat(opened: Opener, body: dict[str, Any]) -> None:
    gateway, server = await opened()
    answer = await gateway.post(body, "/api/chat")
    assert answer.status_code == 400
    assert answer.text.startswith(f"{BOUNDARY}\n```json\n")
    assert not server.connections


async def test_content_types_of_bodies(opened: Opener) -> None:
    gateway, _ = await opened(json_answer(completion()))
    body = json.dumps({"messages": QUESTION}).encode()
    for kind, status in (
        ("application/json", 200),
        ("Application/JSON; charset=utf-8", 200),
        ("application/problem+json", 200),
        ("", 200),
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
        ("multipart/form-data; boundary=x", 415),
    ):
        headers = {"x-access-code": gateway.code} | ({"Content-Type": kind} if kind else {})
        answer = await gateway.client.post("/v1/chat/completions", content=body, headers=headers)
        assert answer.status_code == status, kind
    for packing, status in (("identity", 200), ("gzip", 415)):
        headers = {"x-access-code": gateway.code, "Content-Encoding": packing}
        answer = await gateway.client.post("/v1/chat/completions", content=body, headers=headers)
        assert answer.status_code == status, packing


LEAVES: Final = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20),
    st.sampled_from(["user", "assistant", "system", "m", "data:x", "\ud800", "auto"]),
)  # fmt: skip
KEYS: Final = st.sampled_from(
    [*GOOD, "role", "content", "nickname", "tool_calls", "n", "type", "text"]
) | st.text(max_size=8)
VALUES: Final = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=20,
)
MESSAGES: Final = st.lists(
    st.fixed_dictionaries(
        {"role": st.sampled_from(["user", "assistant"]), "content": st.text(max_size=20) | VALUES}
    ),
    max_size=3,
)
OBJECTS: Final = st.dictionaries(KEYS, VALUES, max_size=5)
BODIES: Final = st.one_of(
    VALUES.map(json.dumps).map(str.encode),
    st.tuples(OBJECTS, MESSAGES, st.booleans()).map(
        lambda parts: json.dumps(parts[0] | {"messages": parts[1], "stream": parts[2]}).encode()
    ),
    st.binary(max_size=60),
)
ANSWERS: Final = (
    Answer((delta("Hi"), END)),
    json_answer(completion()),
    Answer((delta("Hi"),)),
    Answer((b"no",), status=500, framing="length"),
    Answer((b"{",), content_type="application/json", framing="length"),
)
HEADERS: Final = st.dictionaries(
    st.sampled_from(
        ["Accept", "Content-Type", "X-Access-Code", "Authorization", "Range", "Cookie"]
    ),
    st.sampled_from(["application/json", "x", "Bearer", "bytes=0-1", "", "gzip"]),
    max_size=3,
)


@pytest.mark.slow
def test_no_request_makes_the_gateway_fail(tmp_path: Path) -> None:
    """Fuzz all paths with a valid code; every response is well-formed and no 500."""
    statuses: set[int] = set()
    with asyncio.Runner() as runner:
        server = SseServer(*ANSWERS)
        runner.run(server.__aenter__())
        gateway = Gateway(server, tmp_path)
        runner.run(gateway.__aenter__())

        async def ask(method: str, path: str, body: bytes, headers: dict[str, str]) -> None:
            server.answers = [ANSWERS[len(body) % len(ANSWERS)]]
            given = {"Authorization": f"Bearer {gateway.code}"} | headers
            answer = await gateway.client.request(method, path, content=body, headers=given)
            statuses.add(answer.status_code)
            assert answer.status_code != 500, (body, answer.text)
            if answer.status_code >= 400 and method != "HEAD":
                if path.startswith("/api/"):
                    assert answer.text.startswith(f"{BOUNDARY}\n```json\n")
                else:
                    assert answer.json()["error"]["message"]

        @settings(deadline=None, max_examples=150)
        @given(
            st.sampled_from(["POST"] * 6 + ["GET", "HEAD", "PUT", "OPTIONS", "PATCH"]),
            st.sampled_from(["/v1/chat/completions", "/api/chat", "/v1/models", "/healthz", "/x"]),
            BODIES,
            st.just({}) | HEADERS,
        )
        def fuzz(method: str, path: str, body: bytes, headers: dict[str, str]) -> None:
            runner.run(ask(method, path, body, headers))

        body = json.dumps({"messages": QUESTION}).encode()
        try:
            runner.run(ask("POST", "/v1/chat/completions", body, {}))
            runner.run(ask("POST", "/api/chat", body, {"X-Access-Code": "x"}))
            runner.run(ask("GET", "/x", b"", {}))
            fuzz()
        finally:
            runner.run(gateway.__aexit__())
            runner.run(server.__aexit__())
    assert {200, 400, 401, 404} <= statuses


@pytest.mark.parametrize("effort", EFFORTS)
@pytest.mark.parametrize("style", EffortStyle)
def test_every_way_of_sending_the_effort_is_passed_on(style: EffortStyle, effort: str) -> None:
    fields = effort_body(effort, [style])
    body = {"messages": [{"role": "user", "content": "Hi"}], **fields}
    sent, ignored = checked_completion(body)
    assert ignored == []
    assert {name: sent[name] for name in fields} == fields


async def test_the_effort_of_the_profile_is_used_unless_the_client_sends_one(
    opened: Opener,
) -> None:
    gateway, server = await opened(
        Answer((hello(END),)), effort="low", effort_as=(EffortStyle.REASONING_EFFORT,)
    )
    await gateway.ask(stream=True)
    await gateway.ask(stream=True, thinking={"type": "disabled"})
    first, second = (request.json for request in server.requests)
    assert first["reasoning_effort"] == "low"
    assert "reasoning_effort" not in second
