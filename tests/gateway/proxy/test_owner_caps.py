"""A client may ask for less than the owner allows, never for more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.providers.wire import END, hello
from tests.sse_server import Answer
from tui_chat.core.caps import Caps
from tui_chat.gateway.http.errors import ErrorReply
from tui_chat.gateway.proxy.owner_caps import apply_caps

if TYPE_CHECKING:
    from tests.gateway.conftest import Opener

PICTURE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}}
TOOL = {"type": "function", "function": {"name": "f"}}


def applied(caps: Caps, url: str = "http://x/v1", /, **fields: Any) -> dict[str, Any]:
    body: dict[str, Any] = {"messages": [{"role": "user", "content": "Hi"}]} | fields
    apply_caps(body, caps, url)
    return {name: value for name, value in body.items() if name != "messages"}


def asking(part: dict[str, Any]) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": [part]}]}


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ({}, {"max_tokens": 50}),
        ({"max_tokens": 40}, {"max_tokens": 40}),
        ({"max_tokens": 60}, {"max_tokens": 50}),
        ({"max_completion_tokens": 60}, {"max_completion_tokens": 50}),
        (
            {"max_completion_tokens": 60, "max_tokens": 70},
            {"max_completion_tokens": 50, "max_tokens": 50},
        ),
    ],
)
def test_output_is_limited(given: dict[str, Any], sent: dict[str, int]) -> None:
    assert applied(Caps(max_tokens=50), **given) == sent


def test_openai_gets_the_new_name_of_the_output_limit() -> None:
    for url in ("https://api.openai.com/v1", "https://x.openai.azure.com/openai/v1"):
        assert applied(Caps(max_tokens=50), url) == {"max_completion_tokens": 50}


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ({}, {"reasoning_effort": "low"}),
        ({"reasoning_effort": "minimal"}, {"reasoning_effort": "minimal"}),
        ({"reasoning_effort": "high"}, {"reasoning_effort": "low"}),
        ({"reasoning_effort": "unheard of"}, {"reasoning_effort": "low"}),
        (
            {"reasoning": {"effort": "high", "max_tokens": 9}},
            {"reasoning_effort": "low", "reasoning": {"effort": "low"}},
        ),
        (
            {"chat_template_kwargs": {"reasoning_effort": "max", "x": 1}, "thinking_budget": 9_000},
            {
                "reasoning_effort": "low",
                "chat_template_kwargs": {"reasoning_effort": "low", "x": 1},
                "thinking_budget": 1_024,
            },
        ),
    ],
)
def test_effort_is_limited(given: dict[str, Any], sent: dict[str, Any]) -> None:
    assert applied(Caps(effort="low"), **given) == sent


def test_no_effort_turns_every_kind_of_thinking_off() -> None:
    assert applied(
        Caps(effort="none"),
        thinking={"type": "enabled"},
        enable_thinking=True,
        chat_template_kwargs={"enable_thinking": True, "x": 1},
    ) == {
        "reasoning_effort": "none",
        "thinking": {"type": "disabled"},
        "enable_thinking": False,
        "chat_template_kwargs": {"enable_thinking": False, "x": 1},
    }


@pytest.mark.parametrize(
    ("caps", "fields"),
    [
        (Caps(tools=False), {"tools": [TOOL]}),
        (Caps(images=False), asking(PICTURE)),
        (Caps(images=False), asking({"type": "file", "file": {"file_data": "x"}})),
        (Caps(formats=("json_object",)), {"response_format": {"type": "json_schema"}}),
        (Caps(urls=False), asking({"type": "image_url", "image_url": {"url": "http://10.0.0.1"}})),
        (Caps(urls=False), asking({"type": "image_url", "image_url": "HTTPS://x/y.png"})),
        (Caps(urls=False), asking({"type": "file", "file": {"file_url": "//169.254.169.254/"}})),
        (Caps(urls=False), asking({"type": "input_audio", "input_audio": {"data": "file:///x"}})),
    ],
)
def test_what_is_not_allowed_is_refused(caps: Caps, fields: dict[str, Any]) -> None:
    with pytest.raises(ErrorReply) as refused:
        applied(caps, **fields)
    assert (refused.value.status, refused.value.code) == (403, "not_allowed")
    # Allowed without the cap, and a request without the field with it.
    applied(Caps(), **fields)
    applied(caps)


def test_the_narrower_of_two_caps_holds() -> None:
    wide = Caps(max_tokens=100, effort="high", formats=("text", "json_object", "json_schema"))
    narrow = Caps(max_tokens=50, effort="low", tools=False, formats=("json_object",), urls=False)
    for both in (wide & narrow, narrow & wide):
        assert both == Caps(50, "low", tools=False, formats=("json_object",), urls=False)
    assert Caps() & wide == wide


async def test_caps_of_profile_and_code_apply(opened: Opener) -> None:
    gateway, server = await opened(Answer((hello(END),)), caps=Caps(max_tokens=100, urls=False))
    code = gateway.add("ada", caps=Caps(tools=False, max_tokens=200))
    assert (await gateway.ask(code, stream=True, max_tokens=1000)).status_code == 200
    assert server.requests[0].json["max_tokens"] == 100
    assert (await gateway.ask(code, stream=True, tools=[TOOL])).status_code == 403
    url = {"type": "image_url", "image_url": {"url": "http://127.0.0.1:1/x.png"}}
    refused = await gateway.ask(stream=True, **asking(url))
    assert (refused.status_code, "data URI" in refused.text) == (403, True)
    assert (await gateway.ask(stream=True, tools=[TOOL])).status_code == 200


async def test_ignored_fields_are_named(opened: Opener) -> None:
    gateway, server = await opened(Answer((hello(END),)))
    answer = await gateway.ask(stream=True, x_y=1, verbosity="low")
    assert answer.headers["x-gateway-ignored"] == "x_y"
    assert "x_y" not in server.requests[0].json
    assert server.requests[0].json["verbosity"] == "low"


LIST = Answer((b'{"data": [{"id": "a/b"}, {"id": "c"}]}',), content_type="application/json")


async def test_one_model_can_be_looked_up(opened: Opener) -> None:
    gateway, _ = await opened(Answer((hello(END),)), models=LIST)
    headers = {"x-access-code": gateway.code}
    found = await gateway.client.get("/v1/models/a/b", headers=headers)
    assert (found.status_code, found.json()["id"]) == (200, "a/b")
    missing = await gateway.client.get("/v1/models/nothing", headers=headers)
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "model_not_found")
    assert (await gateway.client.get("/v1/models/c")).status_code == 401
