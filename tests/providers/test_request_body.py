from __future__ import annotations

from dataclasses import replace

import pytest

from tui_chat.core.conversation import Role
from tui_chat.core.profile import Continuing, Sampling
from tui_chat.core.request import CompletionRequest, RequestMessage, ResponseFormat
from tui_chat.providers.request_body import request_body

_REQUEST = CompletionRequest("m", (RequestMessage(Role.USER, "Hi"),))


def test_a_stream_requests_its_usage() -> None:
    assert request_body(_REQUEST) == {
        "model": "m",
        "messages": [{"role": "user", "content": "Hi"}],
        "stream": True,
        "stream_options": {"include_usage": True},
    }


def test_usage_is_not_requested_if_disabled() -> None:
    assert "stream_options" not in request_body(_REQUEST, with_usage=False)


def test_a_request_without_streaming_has_no_stream_options() -> None:
    body = request_body(replace(_REQUEST, stream=False))
    assert not {"stream", "stream_options"} & set(body)


def test_only_settings_that_are_set_are_sent() -> None:
    body = request_body(replace(_REQUEST, sampling=Sampling(seed=0, stop=("a",))))
    assert {"seed": 0, "stop": ["a"]}.items() <= body.items()
    assert "temperature" not in body


def test_reasoning_is_sent_with_its_message() -> None:
    messages = (RequestMessage(Role.ASSISTANT, "a", "b"), RequestMessage(Role.USER, "c", "d"))
    assert request_body(replace(_REQUEST, messages=messages))["messages"] == [
        {"role": "assistant", "content": "a", "reasoning_content": "b"},
        {"role": "user", "content": "c"},
    ]


def test_extra_fields_override_ours() -> None:
    body = request_body(replace(_REQUEST, extra_body={"top_k": 1, "stream_options": {"x": 1}}))
    assert body["top_k"] == 1
    assert body["stream_options"] == {"x": 1}


def test_response_formats() -> None:
    schema = ResponseFormat("json_schema", {"type": "object"})
    assert request_body(replace(_REQUEST, response_format=schema))["response_format"] == {
        "type": "json_schema",
        "json_schema": {"name": "answer", "schema": {"type": "object"}},
    }
    strict = replace(schema, is_strict=True, name="person")
    assert request_body(replace(_REQUEST, response_format=strict))["response_format"] == {
        "type": "json_schema",
        "json_schema": {"name": "person", "schema": {"type": "object"}, "strict": True},
    }
    for name, sent in (("地址", "answer"), ("my person.v2", "my_person_v2"), ("x" * 99, "x" * 64)):
        named = request_body(replace(_REQUEST, response_format=replace(schema, name=name)))
        assert named["response_format"]["json_schema"]["name"] == sent
    plain = request_body(replace(_REQUEST, response_format=ResponseFormat("json_object")))
    assert plain["response_format"] == {"type": "json_object"}


@pytest.mark.parametrize(
    ("continuing", "in_message", "in_body"),
    [
        (Continuing.PREFIX, {"prefix": True}, {}),
        (Continuing.PARTIAL, {"partial": True}, {}),
        (Continuing.PREFILL, {}, {}),
        (Continuing.VLLM, {}, {"continue_final_message": True, "add_generation_prompt": False}),
    ],
)
def test_a_continued_message_is_marked_in_the_dialect_of_each_api(
    continuing: Continuing, in_message: dict[str, bool], in_body: dict[str, bool]
) -> None:
    messages = (
        RequestMessage(Role.USER, "Why?"),
        RequestMessage(Role.ASSISTANT, "Beca", continuing=continuing),
    )
    body = request_body(replace(_REQUEST, messages=messages))

    assert body["messages"][-1] == {"role": "assistant", "content": "Beca", **in_message}
    assert {key: body[key] for key in body if key.startswith(("add_", "continue_"))} == in_body
