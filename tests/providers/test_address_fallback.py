"""A base URL with a query, without /v1, with a doubled one, or of a deployment of Azure."""

from __future__ import annotations

import json

import pytest

from tests.providers.case import COMPLETE, ask, profile_at
from tests.providers.wire import END, hello, json_answer
from tests.sse_server import Answer, SseServer
from tui_chat.config.base_url import checked_address
from tui_chat.core.errors import RequestRejected
from tui_chat.core.profile import Profile, Secret
from tui_chat.core.stream_events import RequestAdjusted
from tui_chat.providers import open_provider
from tui_chat.providers.address_fallback import AZURE_API_VERSION, Addresses
from tui_chat.providers.http.headers import own_headers

_OK = Answer((hello(END),))
_UNKNOWN = json_answer({"detail": "Not Found"}, 404)
_PAGE = Answer((b"<html><title>App</title></html>",), content_type="text/html", framing="length")
_DEPLOYMENT = "https://x.openai.azure.com/openai/deployments/gpt"


@pytest.mark.parametrize(("base_url", "query", "others"), [
    ("https://x/v1", {}, []),
    ("https://x", {}, ["https://x/v1"]),
    ("https://x/api", {}, ["https://x/api/v1"]),
    ("https://x/v1/v1", {}, ["https://x/v1"]),
    ("https://x/api/v3", {}, []),
    ("https://x/v1beta/openai", {}, []),
    (_DEPLOYMENT, {}, [_DEPLOYMENT]),
    (_DEPLOYMENT, {"api-version": "2"}, []),
])  # fmt: skip
def test_addresses_to_try(base_url: str, query: dict[str, str], others: list[str]) -> None:
    addresses = Addresses(Profile("p", base_url, query=query))
    found = []
    while addresses.next():
        found.append(addresses.current.base_url)
        assert addresses.current.message
    assert found == others
    assert addresses.current.base_url == base_url


@pytest.mark.parametrize(("path", "first", "asked", "notice"), [
    ("", _UNKNOWN, "/v1/chat/completions", "/v1"),
    ("", _PAGE, "/v1/chat/completions", "/v1"),
    ("/v1/v1", _UNKNOWN, "/v1/chat/completions", "/v1"),
    ("/openai/deployments/gpt", json_answer({"error": {"message": "Resource not found"}}, 404),
     f"/openai/deployments/gpt/chat/completions?api-version={AZURE_API_VERSION}", "api-version"),
])  # fmt: skip
async def test_another_address_is_tried_and_said_once(
    path: str, first: Answer, asked: str, notice: str
) -> None:
    async with SseServer(first, _OK) as server:
        base_url = f"http://127.0.0.1:{server.port}{path}"
        profile = profile_at(server, base_url=base_url)
        provider = await open_provider(profile, None)
        replies = [await ask(provider, profile) for _ in range(2)]
        await provider.aclose()
    assert [it.reply.status for it in replies] == [COMPLETE, COMPLETE]
    notices = [event.message for it in replies for event in it.events
               if isinstance(event, RequestAdjusted)]  # fmt: skip
    assert len(notices) == 1
    assert notice in notices[0]
    assert [request.path for request in server.requests[1:]] == [asked, asked]


async def test_the_url_of_a_deployment_names_the_model() -> None:
    async with SseServer(_OK, models=_UNKNOWN) as server:
        base_url = f"http://127.0.0.1:{server.port}/openai/deployments/gpt"
        profile = profile_at(server, base_url=base_url, model=None)
        provider = await open_provider(profile, None)
        reply = (await ask(provider, profile)).reply
        await provider.aclose()
    assert reply.status is COMPLETE
    assert server.requests[0].json["model"] == "gpt"


async def test_the_first_refusal_is_reported_if_no_address_is_known() -> None:
    async with SseServer(_UNKNOWN, models=_UNKNOWN) as server:
        profile = profile_at(server, base_url=f"http://127.0.0.1:{server.port}/api")
        provider = await open_provider(profile, None)
        reply = (await ask(provider, profile)).reply
        with pytest.raises(RequestRejected):
            await provider.models()
        await provider.aclose()
    assert "does not know this URL" in (reply.error_text or "")
    assert len(server.requests) == len(server.listed) == 2


async def test_the_query_of_a_base_url_is_sent() -> None:
    async with SseServer(_OK) as server:
        text = f"http://127.0.0.1:{server.port}/gate/v1?api-version=1&team=a"
        base_url, query = checked_address(text, "base_url")
        profile = profile_at(server, base_url=base_url, query=query)
        provider = await open_provider(profile, None)
        await ask(provider, profile)
        await provider.models()
        await provider.aclose()
    assert server.requests[0].path == "/gate/v1/chat/completions?api-version=1&team=a"
    assert server.listed[0].path == "/gate/v1/models?api-version=1&team=a"


def test_azure_gets_the_key_in_its_header() -> None:
    for url in (_DEPLOYMENT, "https://gate.example/openai/deployments/gpt"):
        headers = own_headers(Profile("p", url), Secret("k"), {})
        assert headers["api-key"] == "k"
        assert "Authorization" not in headers
    assert "api-key" not in json.dumps(own_headers(Profile("p", "https://x/v1"), Secret("k"), {}))
