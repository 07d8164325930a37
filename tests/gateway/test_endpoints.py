"""Requests of clients and the responses of the gateway."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.gateway.running import QUESTION
from tests.providers.wire import DONE, END, KEY, completion, delta, event, hello, json_answer
from tests.sse_server import Answer, Drip, Stall
from tui_chat.gateway.http.errors import BOUNDARY

if TYPE_CHECKING:
    from tests.gateway.conftest import Opener
    from tests.sse_server import SseServer

HELLO = Answer((hello(END),))
USAGE = event({"choices": [], "usage": {"prompt_tokens": 11, "completion_tokens": 22}})


def error_of(text: str) -> dict[str, Any]:
    """Return the error in a text of /api/chat, and check its format."""
    before, _, after = text.rpartition(f"{BOUNDARY}\n```json\n")
    assert before == "" or before.endswith("\n")
    assert after.endswith("\n```\n")
    found: dict[str, Any] = json.loads(after.removesuffix("\n```\n"))["error"]
    return found


def messages_of(server: SseServer, at: int = 0) -> list[dict[str, str]]:
    """Return the messages of a request as received by the endpoint."""
    found: list[dict[str, str]] = json.loads(server.requests[at].body)["messages"]
    return found


async def test_a_stream_is_relayed_byte_by_byte(opened: Opener) -> None:
    odd = (
        b": a comment\r\n\r\nevent: x\ndata: \xff not UTF-8\n\n",
        delta("你好 \u2028 \U0001f600"),
        b"retry: 3\n\ndata:\n\ndata: {broken\n\n",
        b"\rdata: [1]\r\r",
        hello(USAGE, END),
    )
    gateway, _ = await opened(Answer((Drip(b"".join(odd), 7),)))
    answer = await gateway.ask(stream=True, stream_options={"include_usage": True})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert answer.content == b"".join(odd)

    assert await gateway.entries() == [("m", 11, 22, 0, 200, "complete")]


async def test_each_event_arrives_before_the_next_is_sent(opened: Opener) -> None:
    gateway, server = await opened(Answer((delta("Hel"), Stall())))
    headers = {"x-access-code": gateway.code}
    body = {"model": "m", "messages": QUESTION, "stream": True}
    async with (
        asyncio.timeout(5),
        gateway.client.stream("POST", "/v1/chat/completions", json=body, headers=headers) as answer,
    ):
        assert await anext(answer.aiter_bytes()) == delta("Hel")
    await server.requests[0].saw_close()


async def test_a_whole_completion_is_relayed(opened: Opener) -> None:
    gateway, server = await opened(json_answer(completion("Hello.")))
    answer = await gateway.ask()
    assert answer.json() == completion("Hello.")
    assert answer.headers["content-type"] == "application/json"
    sent = server.requests[0]
    assert sent.json == {"messages": QUESTION, "model": "m"}
    assert sent.headers["authorization"] == f"Bearer {KEY}"
    assert await gateway.entries() == [("m", 3, 4, 0, 200, "complete")]


async def test_missing_usage_is_estimated(opened: Opener) -> None:
    gateway, _ = await opened(HELLO)
    await gateway.ask(stream=True)
    (row,) = await gateway.entries()
    assert row[1] > 0
    assert row[2] > 0
    assert row[3:] == (1, 200, "complete")


async def test_the_usage_is_sent_to_clients_that_ask_for_it(opened: Opener) -> None:
    gateway, server = await opened(Answer((Drip(hello(USAGE, END), 7),)))
    assert (await gateway.ask(stream=True)).content == hello(END)
    asked = await gateway.ask(stream=True, stream_options={"include_usage": True})
    assert asked.content == hello(USAGE, END)
    # The endpoint was asked for it both times.
    options = [sent.json["stream_options"] for sent in server.requests]
    assert options == 2 * [{"include_usage": True}]


async def test_only_our_headers_and_fields_reach_the_endpoint(opened: Opener) -> None:
    gateway, server = await opened(
        HELLO, headers={"X-Team": "blue"}, extra_body={"provider": "p"}, max_retries=0
    )
    headers = {
        "Authorization": f"Bearer {gateway.code}",
        "Cookie": "a=b",
        "X-Forwarded-For": "10.0.0.1",
        "OpenAI-Organization": "org",
        "User-Agent": "curl",
    }
    body = {"model": "m", "messages": QUESTION, "stream": True, "temperature": 0.5, "n": 1}
    await gateway.client.post("/v1/chat/completions", json=body, headers=headers)
    sent = server.requests[0]
    assert set(sent.headers) == {
        "host", "accept", "accept-encoding", "connection", "content-length", "content-type",
        "user-agent", "authorization", "x-team",
    }  # fmt: skip
    assert gateway.code not in sent.raw.decode()
    del body["n"]
    usage = {"stream_options": {"include_usage": True}}
    assert sent.json == body | {"provider": "p"} | usage


async def test_no_header_of_the_endpoint_reaches_the_client(opened: Opener) -> None:
    gateway, _ = await opened(
        Answer(
            (hello(END),),
            content_type=f"text/event-stream; key={KEY}",
            headers={"Set-Cookie": KEY, "Server": "secret", "X-Request-Id": KEY, "Openai-Org": "o"},
        )
    )
    answer = await gateway.ask(stream=True)
    assert set(answer.headers) == {
        "date", "content-type", "cache-control", "x-content-type-options", "x-accel-buffering",
        "x-request-id",
        "transfer-encoding",
    }  # fmt: skip
    assert KEY not in str(answer.headers)


async def test_api_chat_streams_plain_text(opened: Opener) -> None:
    gateway, server = await opened(HELLO)
    answer = await gateway.chat(nickname="Ada 李")
    assert (answer.status_code, answer.text) == (200, "Hello.")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    system, question = messages_of(server)
    assert "Ada 李" in system["content"]
    assert question == QUESTION[0]
    assert server.requests[0].json["model"] == "test-model"


async def test_the_system_prompt_contains_the_nickname(opened: Opener) -> None:
    gateway, server = await opened(HELLO, system_prompt="Answer {nickname} in verse.")
    await gateway.chat(nickname="Ada")
    await gateway.chat()
    prompts = [messages_of(server, at)[0]["content"] for at in (0, 1)]
    assert prompts == ["Answer Ada in verse.", "Answer the user in verse."]


async def test_api_chat_without_streaming(opened: Opener) -> None:
    gateway, server = await opened(json_answer(completion("All of it.")))
    answer = await gateway.chat(stream=False)
    assert answer.text == "All of it."
    assert answer.headers["content-length"] == "10"
    assert server.requests[0].json["stream"] is False


async def test_an_error_in_a_text_follows_the_marker(opened: Opener) -> None:
    gateway, _ = await opened(Answer((delta("Hel"),)))
    answer = await gateway.chat()
    assert answer.status_code == 200
    assert answer.text.startswith(f"Hel\n{BOUNDARY}\n")
    assert error_of(answer.text)["message"]
    assert (await gateway.entries())[0][4:] == (200, "failed")


async def test_api_chat_omits_reasoning(opened: Opener) -> None:
    gateway, _ = await opened(
        Answer((delta(reasoning_content="Hm."), delta("<think>x</think>Yes"), END))
    )
    assert (await gateway.chat()).text == "Yes"


async def test_only_allowed_models_are_listed(opened: Opener) -> None:
    gateway, server = await opened()
    few = gateway.add("few", models=("other-model", "third"))
    for code, names in ((gateway.code, ["test-model", "other-model"]), (few, ["other-model"])):
        answer = await gateway.client.get("/v1/models", headers={"x-access-code": code})
        assert [model["id"] for model in answer.json()["data"]] == names
    # Many clients request it at each start.
    assert len(server.listed) == 1


async def test_without_a_model_list_the_profile_model_is_offered(opened: Opener) -> None:
    gateway, _ = await opened(models=Answer((b"no",), status=404, framing="length"))
    answer = await gateway.client.get("/v1/models", headers={"x-access-code": gateway.code})
    assert [model["id"] for model in answer.json()["data"]] == ["test-model"]


async def test_a_model_that_the_code_does_not_allow(opened: Opener) -> None:
    gateway, server = await opened(HELLO)
    few = gateway.add("few", models=("good",))
    answer = await gateway.ask(few, model="bad")
    assert answer.status_code == 403
    assert "good" in answer.json()["error"]["message"]
    assert not server.requests
    # The default model is one that the code allows.
    await gateway.chat(few)
    assert server.requests[0].json["model"] == "good"
    assert (await gateway.entries(2))[0] == ("", 0, 0, 0, 403, "refused")


async def test_health_needs_no_code(opened: Opener) -> None:
    gateway, _ = await opened()
    answer = await gateway.client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 404),
        ("GET", "/v1", 404),
        ("POST", "/v1/embeddings", 404),
        ("DELETE", "/v1/models/m", 405),
        ("GET", "/v1/chat/completions", 405),
        ("OPTIONS", "/v1/chat/completions", 405),
        ("HEAD", "/v1/chat/completions", 405),
        ("DELETE", "/v1/models", 405),
        ("POST", "/healthz", 405),
        ("GET", "/api/chat", 405),
        ("GET", "/api/other", 404),
    ],
)
async def test_other_paths_and_methods_are_rejected(
    opened: Opener, method: str, path: str, status: int
) -> None:
    gateway, server = await opened()
    answer = await gateway.client.request(method, path)
    assert answer.status_code == status
    assert ("allow" in answer.headers) == (status == 405)
    if method == "HEAD":
        assert answer.content == b""
    elif path.startswith("/api/"):
        assert error_of(answer.text)["message"]
    else:
        assert answer.json()["error"]["message"]
    assert not server.connections


async def test_head_request_for_the_models(opened: Opener) -> None:
    gateway, _ = await opened()
    answer = await gateway.client.head("/v1/models", headers={"x-access-code": gateway.code})
    assert (answer.status_code, answer.content) == (200, b"")


async def test_one_connection_serves_many_requests(opened: Opener) -> None:
    gateway, server = await opened(HELLO)
    for _ in range(3):
        assert (await gateway.ask(stream=True)).content == hello(END)
    assert (await gateway.ask(store=True)).status_code == 400
    assert (await gateway.ask(stream=True)).content == hello(END)
    assert len(gateway.server.server_state.connections) == 1
    assert server.connections == 1


async def test_concurrent_streams_of_one_code(opened: Opener) -> None:
    gateway, _ = await opened(HELLO)
    answers = await asyncio.gather(*(gateway.ask(stream=True) for _ in range(20)))
    assert {answer.content for answer in answers} == {hello(END)}
    assert len(await gateway.entries(20)) == 20


async def test_request_fields_override_the_profile(opened: Opener) -> None:
    from tui_chat.core.profile import Sampling

    sampling = Sampling(temperature=0.1, max_tokens=9, top_p=0.5)
    gateway, server = await opened(HELLO, sampling=sampling)
    await gateway.ask(stream=True, temperature=0.9, max_completion_tokens=7)
    sent = server.requests[0].json
    assert (sent["temperature"], sent["top_p"], sent["max_completion_tokens"]) == (0.9, 0.5, 7)
    assert "max_tokens" not in sent


async def test_a_connection_is_reused_after_a_stream(opened: Opener) -> None:
    gateway, server = await opened(Answer((hello(DONE),)))
    await gateway.ask(stream=True)
    await gateway.ask(stream=True)
    assert server.connections == 1
