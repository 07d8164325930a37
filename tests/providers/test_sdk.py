"""Compares our requests with those of the openai SDK."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest
from openai import AsyncOpenAI

from tests.providers.wire import END, KEY, hello
from tests.sse_server import Answer, SseServer
from tui_chat.core.conversation import Role
from tui_chat.core.profile import Profile, Sampling, Secret
from tui_chat.core.request import CompletionRequest, RequestMessage, ResponseFormat
from tui_chat.providers.endpoint import Endpoint
from tui_chat.providers.http.headers import own_headers
from tui_chat.providers.request_body import request_body

if TYPE_CHECKING:
    from tests.sse_server import Received

_SCHEMA = {"type": "object", "properties": {"name": {"type": "string"}}}
_HI = (RequestMessage(Role.SYSTEM, "Be brief."), RequestMessage(Role.USER, "Olá 🙂 </script>"))
_REQUESTS = {
    "stream": CompletionRequest("m", _HI),
    "whole": CompletionRequest("m", _HI, stream=False),
    "sampling": CompletionRequest("m", _HI, sampling=Sampling(temperature=0.5, stop=("a", "b"))),
    "schema": CompletionRequest("m", _HI, response_format=ResponseFormat("json_schema", _SCHEMA)),
    "extra": CompletionRequest("m", _HI, extra_body={"top_k": 3, "chat_template_kwargs": {"a": 1}}),
}
_HEADERS = ("host", "authorization", "accept", "accept-encoding", "content-type", "connection")


def _sent(request: Received) -> dict[str, Any]:
    """Return the parts of a request that an endpoint evaluates."""
    headers = {name: request.headers.get(name) for name in _HEADERS}
    return {"method": request.method, "path": request.path, "body": request.json, **headers}


async def _ask_by_sdk(base_url: str, body: dict[str, Any]) -> None:
    known = {name: body[name] for name in ("model", "messages", "stream") if name in body}
    extra = {name: value for name, value in body.items() if name not in known}
    async with AsyncOpenAI(api_key=KEY, base_url=base_url, max_retries=0) as client:
        create = client.chat.completions.with_streaming_response.create
        async with create(**known, extra_body=extra) as response:
            await response.read()


@pytest.mark.parametrize("path", ["/v1", "", "/openai/v1", "/a%20b/v1"])
@pytest.mark.parametrize("name", _REQUESTS)
async def test_a_completion_is_requested_as_the_sdk_does(name: str, path: str) -> None:
    async with SseServer(Answer((hello(END),))) as server:
        base_url = f"http://127.0.0.1:{server.port}{path}"
        body = request_body(_REQUESTS[name])
        endpoint = Endpoint(Profile("test", base_url), Secret(KEY))
        async with endpoint.completion(body) as completion:
            await completion.sent()
            await completion.head()
        await endpoint.aclose()
        await _ask_by_sdk(base_url, body)
        ours, theirs = server.requests
    assert _sent(ours) == _sent(theirs)


async def test_models_are_listed_as_the_sdk_does() -> None:
    async with SseServer() as server:
        endpoint = Endpoint(Profile("test", server.base_url), Secret(KEY))
        offered = await endpoint.models()
        await endpoint.aclose()
        async with AsyncOpenAI(api_key=KEY, base_url=server.base_url, max_retries=0) as client:
            listed = [model.id async for model in await client.models.list()]
        ours, theirs = server.listed
    assert [offer.id for offer in offered] == listed
    for name in _HEADERS:
        assert ours.headers.get(name) == theirs.headers.get(name)


async def test_openai_receives_the_environment_headers_of_the_sdk(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_ORG_ID", "org-1")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "proj-1")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "X-Team: blue\nno header\nX-Empty:")
    async with AsyncOpenAI(api_key=KEY) as client:
        theirs = {
            name.lower(): value
            for name, value in {**client.default_headers, **client.auth_headers}.items()
            if isinstance(value, str) and not name.lower().startswith("x-stainless")
        }
        base_url = str(client.base_url).rstrip("/")
    own = own_headers(Profile("test", base_url), Secret(KEY), os.environ)
    ours = {name.lower(): value for name, value in own.items()}
    for name in theirs.keys() - {"accept", "content-type", "user-agent"}:
        assert ours[name] == theirs[name]
    assert {"openai-organization", "openai-project", "x-team", "x-empty"} <= theirs.keys()
