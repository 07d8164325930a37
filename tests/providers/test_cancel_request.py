from __future__ import annotations

from contextlib import aclosing
from typing import Any

import pytest

from tests.providers.case import asked_at, messages, opened, profile_at
from tests.providers.wire import END, KEY, chunk, delta, error_answer, hello
from tests.sse_server import Answer, SseServer, Stall
from tui_chat.core.profile import CancelRequest
from tui_chat.core.request import build_request
from tui_chat.core.stream_events import Phase, TextDelta, Waiting

_OK = Answer((hello(END),))


async def _stop_after_text(server: SseServer, **changes: Any) -> None:
    profile = profile_at(server, **changes)
    provider = await opened(profile)
    request = build_request([messages()[0]], profile)
    async with aclosing(provider.stream(request)) as events:
        async for event in events:
            if isinstance(event, TextDelta):
                break
    await provider.aclose()


_ID = "chat/../cmpl 1?"


@pytest.mark.parametrize("has_key", [True, False])
async def test_a_cancel_request_is_sent_after_the_close(has_key: bool) -> None:
    answer = Answer((chunk([{"delta": {"content": "Hel"}}], id=_ID), Stall()))
    async with SseServer(answer) as server:
        cancel = CancelRequest("DELETE", "{base_url}/jobs/{id}/cancel")
        profile = profile_at(server, cancel=cancel)
        provider = await opened(profile, KEY if has_key else None)
        request = build_request([messages()[0]], profile)
        async with aclosing(provider.stream(request)) as events:
            async for event in events:
                if isinstance(event, TextDelta):
                    break
        exchange = provider.exchange
        await provider.aclose()
        (sent,) = server.others
        assert (sent.method, sent.path) == ("DELETE", "/v1/jobs/chat%2F..%2Fcmpl%201%3F/cancel")
        assert sent.headers.get("authorization") == (f"Bearer {KEY}" if has_key else None)
        assert await server.requests[0].saw_close() <= sent.at
        # The inspector continues to show the completion.
        assert provider.exchange is exchange
        assert exchange is not None
        assert exchange.url.endswith("/chat/completions")
        assert exchange.ended


async def test_the_key_does_not_follow_a_cancel_request_to_another_origin() -> None:
    answer = Answer((delta("Hel"), Stall()))
    async with SseServer(answer) as server, SseServer() as other:
        url = f"{other.base_url}/cancel/{{id}}"
        await _stop_after_text(
            server, cancel=CancelRequest("POST", url), headers={"api-key": "secret-1234"}
        )
        (sent,) = other.others
        assert not {"authorization", "api-key"} & set(sent.headers)


async def test_a_cancel_request_that_fails_is_only_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with SseServer(Answer((delta("Hel"), Stall()))) as server:
        cancel = CancelRequest("POST", f"http://127.0.0.1:1/{KEY}")
        await _stop_after_text(server, cancel=cancel)
    assert "cancel request failed" in caplog.text
    assert KEY not in caplog.text


@pytest.mark.parametrize("url", ["{base_url}/cancel/{id}", "{base_url}/abort"])
async def test_a_complete_reply_is_not_cancelled(url: str) -> None:
    async with SseServer(_OK) as server:
        await asked_at(server, cancel=CancelRequest("POST", url))
        assert not server.others


async def test_a_cancel_request_without_an_id_is_sent_before_the_first_byte() -> None:
    async with SseServer(Answer((Stall(),), framing="none")) as server:
        cancel = CancelRequest("POST", "{base_url}/abort")
        profile = profile_at(server, cancel=cancel)
        provider = await opened(profile)
        request = build_request([messages()[0]], profile)
        async with aclosing(provider.stream(request)) as events:
            async for event in events:
                if event == Waiting(Phase.FIRST_TOKEN):
                    break
        await provider.aclose()
        assert [sent.path for sent in server.others] == ["/v1/abort"]


async def test_a_cancel_request_without_an_id_is_not_sent_after_an_error() -> None:
    async with SseServer(error_answer(400, "no")) as server:
        await asked_at(server, cancel=CancelRequest("POST", "{base_url}/abort"))
        assert not server.others
