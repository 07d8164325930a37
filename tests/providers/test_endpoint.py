"""Requests to an endpoint and their error messages."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.providers.case import QUICK
from tests.providers.wire import END, KEY, error_answer, hello, json_answer, page
from tests.sse_server import Answer, SseServer, Stall
from tests.virtual_time import virtual_loop
from tui_chat.core.errors import BadReply, NoAnswer, ProviderError
from tui_chat.core.profile import CancelRequest, Profile, Secret
from tui_chat.core.stream_events import ModelInfo
from tui_chat.providers.data_urls import encoded_body
from tui_chat.providers.endpoint import Endpoint
from tui_chat.providers.stream import reply_parser

if TYPE_CHECKING:
    from tui_chat.core.http_exchange import Exchange

BODY: dict[str, Any] = {"model": "m", "messages": []}


def endpoint_for(server: SseServer, *, is_relayed: bool = False, **fields: Any) -> Endpoint:
    usual: dict[str, Any] = {"name": "test", "base_url": server.base_url, "timeouts": QUICK}
    return Endpoint(Profile(**usual | fields), Secret(KEY), is_relayed=is_relayed)


async def asked(endpoint: Endpoint, exchanges: list[Exchange] | None = None) -> None:
    on_exchange = None if exchanges is None else exchanges.append
    async with endpoint.completion(BODY, on_exchange=on_exchange) as completion:
        await completion.sent()
        await completion.head()
        await completion.read_whole()


@pytest.mark.parametrize(
    ("body", "sent"),
    [
        ({"a": [1.0, None, "é🙂</"]}, '{"a":[1.0,null,"é🙂</"]}'.encode()),
        ({"a": "é\ud83d"}, b'{"a":"\\u00e9\\ud83d"}'),
    ],
)
def test_bodies_are_compact_utf_8(body: dict[str, Any], sent: bytes) -> None:
    assert encoded_body(body) == sent
    assert json.loads(sent) == body


@pytest.mark.parametrize("is_relayed", [False, True])
async def test_only_relayed_responses_are_requested_uncompressed(is_relayed: bool) -> None:
    async with SseServer(Answer((hello(END),))) as server:
        endpoint = endpoint_for(server, is_relayed=is_relayed)
        await asked(endpoint)
        await endpoint.aclose()
    assert (server.requests[0].headers["accept-encoding"] == "identity") == is_relayed


async def test_an_error_response_is_recorded_in_the_exchange() -> None:
    async with SseServer(error_answer(400, "no such thing")) as server:
        endpoint = endpoint_for(server)
        exchanges: list[Exchange] = []
        with pytest.raises(ProviderError):
            await asked(endpoint, exchanges)
        await endpoint.aclose()
    (exchange,) = exchanges
    assert exchange.status == 400
    assert b"no such thing" in b"".join(entry.data for entry in exchange.entries)
    assert exchange.ended.endswith("(HTTP 400) rejected the request.")


async def test_a_redirect_is_a_separate_exchange() -> None:
    moved = Answer(status=307, headers={"Location": "/v1/chat/completions?moved"})
    async with SseServer(moved, Answer((hello(END),))) as server:
        endpoint = endpoint_for(server)
        exchanges: list[Exchange] = []
        await asked(endpoint, exchanges)
        await endpoint.aclose()
    assert [exchange.ended for exchange in exchanges] == ["redirected", "closed"]
    assert exchanges[0].request_body == exchanges[1].request_body


async def test_relayed_errors_do_not_reveal_the_redirect_target() -> None:
    async with SseServer() as other:
        moved = Answer(status=307, headers={"Location": other.base_url})
        async with SseServer(moved) as server:
            endpoint = endpoint_for(server, is_relayed=True)
            with pytest.raises(BadReply, match=r"redirects to another host\.$"):
                await asked(endpoint)
            await endpoint.aclose()
        assert not other.connections


@pytest.mark.parametrize(
    ("models", "expected"),
    [
        (page("<title>127.0.0.1 login</title>"), "The endpoint did not return a list of models"),
        (json_answer({"error": {"message": f"at 127.0.0.1 {KEY}"}}), "“at *** ***”"),
        (error_answer(500, "at 127.0.0.1"), "(HTTP 500)"),
    ],
)
async def test_relayed_model_list_errors_do_not_name_the_endpoint(
    models: Answer, expected: str
) -> None:
    async with SseServer(models=models) as server:
        endpoint = endpoint_for(server, is_relayed=True)
        with pytest.raises(ProviderError) as raised:
            await endpoint.models()
        await endpoint.aclose()
    assert expected.lower() in raised.value.message.lower()
    assert "127.0.0.1" not in raised.value.message + raised.value.body
    assert KEY not in raised.value.message + raised.value.body


async def test_an_endless_model_list_is_cut_at_the_limit() -> None:
    async with SseServer(models=Answer((b"[", Stall()))) as server:
        endpoint = endpoint_for(server, is_relayed=True)
        began = virtual_loop().time()
        with pytest.raises(NoAnswer, match=r"^The endpoint did not list its models within 3 s"):
            await endpoint.models()
        assert virtual_loop().time() - began == pytest.approx(3, abs=0.5)
        await endpoint.aclose()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
async def test_model_lists_are_decoded_in_every_json_encoding(encoding: str) -> None:
    body = json.dumps({"data": [{"id": "日本"}, {"id": KEY}]}, ensure_ascii=False).encode(encoding)
    listed = Answer((body,), content_type="application/json", framing="length")
    async with SseServer(models=listed) as server:
        endpoint = endpoint_for(server)
        assert await endpoint.models() == [ModelInfo("日本"), ModelInfo("***")]
        await endpoint.aclose()


async def test_a_response_over_the_limit_is_cancelled_at_the_host(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    long = Answer((hello(), hello() * 50, Stall()))
    cancel = CancelRequest("POST", "{base_url}/cancel/{id}")
    monkeypatch.setattr(reply_parser, "ANSWER_LIMIT", 500)
    async with SseServer(long) as server:
        endpoint = endpoint_for(server, cancel=cancel)
        await asked(endpoint)
        await server.requests[0].saw_close()
        await endpoint.aclose()
        assert [request.path for request in server.others] == ["/v1/cancel/chatcmpl-1"]
