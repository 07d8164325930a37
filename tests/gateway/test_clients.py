"""Real clients of a gateway: the openai SDK, curl, and the program itself."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.gateway.programs import asked, curl
from tests.gateway.running import QUESTION
from tests.providers.case import ask
from tests.providers.case import opened as opened_provider
from tests.providers.wire import (
    END,
    completion,
    delta,
    error_answer,
    event,
    hello,
    json_answer,
)
from tests.sse_server import Answer, Cut, Stall
from tui_chat.core.conversation import MessageStatus
from tui_chat.core.profile import KeySource, Profile, Timeouts
from tui_chat.providers.data_urls import data_url

if TYPE_CHECKING:
    from pathlib import Path

    from openai import AsyncOpenAI

    from tests.gateway.conftest import Opener
    from tests.gateway.running import Gateway
    from tests.providers.case import Asked

USAGE = event({"choices": [], "usage": {"prompt_tokens": 11, "completion_tokens": 22}})
HELLO = Answer((hello(USAGE, END),))


def sdk(gateway: Gateway, code: str | None = None) -> AsyncOpenAI:
    from openai import AsyncOpenAI

    url = f"http://127.0.0.1:{gateway.port}/v1"
    return AsyncOpenAI(base_url=url, api_key=code or gateway.code, max_retries=0)


async def test_the_openai_sdk_works(opened: Opener) -> None:
    gateway, server = await opened(HELLO, json_answer(completion("Whole.")))
    async with sdk(gateway) as client:
        assert [model.id async for model in client.models.list()] == ["test-model", "other-model"]
        stream = await client.chat.completions.create(
            model="m",
            messages=[{"role": "user", "content": "Hi"}],
            stream=True,
            stream_options={"include_usage": True},
            temperature=0.2,
        )
        chunks = [chunk async for chunk in stream]
        text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
        assert text == "Hello."
        assert chunks[-1].usage is not None or chunks[-2].usage is not None
        whole = await client.chat.completions.create(
            model="m",
            messages=[{"role": "user", "content": "Hi"}],
            tools=[{"type": "function", "function": {"name": "f", "parameters": {}}}],
        )
        assert whole.choices[0].message.content == "Whole."
    assert server.requests[0].json["temperature"] == 0.2


async def test_the_openai_sdk_sends_a_picture_through_the_gateway(opened: Opener) -> None:
    gateway, server = await opened(HELLO)
    url = data_url("image/png", b"\x89PNG\r\n\x1a\n" + bytes(200_000))
    parts: Any = [
        {"type": "text", "text": "data:,is only a text"},
        {"type": "image_url", "image_url": {"url": url}},
    ]
    code = gateway.add("pictures", tokens_per_day=20_000)
    async with sdk(gateway, code) as client:
        stream = await client.chat.completions.create(
            model="m", messages=[{"role": "user", "content": parts}], stream=True
        )
        assert [chunk async for chunk in stream]
    # The picture counts as a picture, not as its characters, which would exceed the limit.
    assert server.requests[0].json["messages"] == [{"role": "user", "content": parts}]


async def test_the_openai_sdk_understands_the_errors(opened: Opener) -> None:
    import openai

    gateway, _ = await opened(error_answer(429, "Slow down."), error_answer(500, "Oh."))
    question = {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}
    few = gateway.add("few", models=("a",))
    for code, more, expected in (
        ("wrong", {}, openai.AuthenticationError),
        (few, {}, openai.PermissionDeniedError),
        (None, {"store": True}, openai.BadRequestError),
        (None, {}, openai.RateLimitError),
        (None, {}, openai.InternalServerError),
    ):
        async with sdk(gateway, code) as client:
            with pytest.raises(expected) as error:
                await client.chat.completions.create(**question, **more)  # type: ignore[call-overload]
            assert "message" in str(error.value.body)


async def test_the_openai_sdk_sees_an_error_within_a_stream(opened: Opener) -> None:
    import openai

    gateway, _ = await opened(Answer((delta("Hel"), Cut())))
    async with sdk(gateway) as client:
        stream = await client.chat.completions.create(
            model="m", messages=[{"role": "user", "content": "Hi"}], stream=True
        )
        with pytest.raises(openai.APIError, match="was lost"):
            async for _ in stream:
                pass


async def test_curl_works(opened: Opener, tmp_path: Path) -> None:
    gateway, _ = await opened(HELLO)
    url = f"http://127.0.0.1:{gateway.port}"
    code = f"x-access-code: {gateway.code}"
    body = json.dumps({"messages": QUESTION, "stream": True})
    json_type = ("-H", "Content-Type: application/json")
    path = f"{url}/v1/chat/completions"
    assert await curl(path, "-H", code, *json_type, "-d", body) == (0, hello(END))
    body = json.dumps({"nickname": "Ada", "messages": QUESTION})
    assert await curl(f"{url}/api/chat", "-H", code, *json_type, "-d", body) == (0, b"Hello.")
    status, out = await curl(f"{url}/api/chat", *json_type, "-d", body, "-w", "%{http_code}")
    assert (status, out[-3:]) == (0, b"401")
    assert out.startswith(b"ERROR_MESSAGE_BOUNDARY\n```json\n{")
    assert (await curl(f"{url}/healthz"))[1] == b'{"status":"ok"}'
    # A large body, for which curl sends "Expect: 100-continue".
    large = tmp_path / "large.json"
    content = "x" * 3_000_000
    large.write_text(
        json.dumps({"messages": [{"role": "user", "content": content}], "stream": True}),
        encoding="utf-8",
    )
    expect = ("-H", "Expect: 100-continue", "--data-binary", f"@{large}")
    assert await curl(path, "-H", code, *json_type, *expect) == (0, hello(END))


async def through(gateway: Gateway, code: str | None = None, **fields: object) -> Asked:
    """Send a request through a gateway as the chat does."""
    profile = Profile(
        name="gateway",
        base_url=f"http://127.0.0.1:{gateway.port}/v1",
        model="m",
        key=KeySource(file="~/code"),
        max_retries=0,
        timeouts=Timeouts(connect_s=2, first_token_s=5, idle_s=5),
    )
    profile = replace(profile, **fields)  # type: ignore[arg-type]
    provider = await opened_provider(profile, code or gateway.code)
    try:
        return await ask(provider, profile)
    finally:
        await provider.aclose()


async def test_the_chat_works(opened: Opener) -> None:
    gateway, _ = await opened(HELLO)
    got = await through(gateway)
    assert (got.reply.content, got.reply.status) == ("Hello.", MessageStatus.COMPLETE)
    assert (got.reply.input_tokens, got.reply.output_tokens) == (11, 22)
    assert (await through(gateway, model=None)).reply.model == "test-model"


@pytest.mark.parametrize(
    ("answer", "kind", "expected"),
    [
        (error_answer(401, "Incorrect API key"), "server_failed", "gateway's own key"),
        (error_answer(429, "Rate limit reached"), "rate_limited", "Rate limit reached"),
        (error_answer(429, "You exceeded your current quota"), "limit_reached", "used up"),
        (error_answer(400, "maximum context length is 10"), "context_too_long", "too long"),
        (error_answer(404, "The model m does not exist"), "request_rejected", "this model"),
        (error_answer(503, "Overloaded"), "server_failed", "Overloaded"),
        (Answer((Cut(),), framing="none"), "server_failed", "closed the connection"),
        (Answer((Stall(),)), "server_failed", "sent nothing"),
        (Answer((delta("Hel"), Cut())), "cut_off", "was lost in the middle of the answer"),
        (Answer((delta("Hel"), Stall())), "cut_off", "sent nothing"),
        (Answer((delta("Hel"),)), "cut_off", "before the end"),
    ],
    ids=range(11),
)
async def test_the_chat_understands_the_errors(
    opened: Opener, answer: Answer, kind: str, expected: str
) -> None:
    short = Timeouts(connect_s=1, first_token_s=0.3, idle_s=0.3)
    gateway, _ = await opened(answer, timeouts=short)
    reply = (await through(gateway)).reply
    assert (reply.error_kind, expected in (reply.error_text or "")) == (kind, True), (
        reply.error_text
    )


async def test_the_chat_understands_the_limits(opened: Opener) -> None:
    gateway, _ = await opened(HELLO)
    reply = (await through(gateway, "wrong")).reply
    assert reply.error_kind == "key_refused"
    assert "access code" in (reply.error_text or "")
    few = gateway.add("few", models=("a",), requests_per_minute=2)
    # A refused request counts too.
    assert "does not allow the model" in ((await through(gateway, few)).reply.error_text or "")
    assert (await through(gateway, few, model="a")).reply.content == "Hello."
    limited = (await through(gateway, few, model="a")).reply
    assert limited.error_kind == "rate_limited"
    used = gateway.add("used", tokens_per_day=1)
    await through(gateway, used)
    await gateway.entries(4)
    assert "tokens of today" in ((await through(gateway, used)).reply.error_text or "")


async def test_tui_chat_ask_works(opened: Opener) -> None:
    gateway, _ = await opened(HELLO)
    url = f"http://127.0.0.1:{gateway.port}/v1"
    status, out, err = await asked("--base-url", url, "Hi")
    assert (status, out) == (1, "")
    assert "access code" in err
