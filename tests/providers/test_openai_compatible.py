from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from tests.providers.case import COMPLETE, SHORT, ask, asked_at, messages, opened, profile_at
from tests.providers.wire import END, KEY, delta, error_answer, hello, json_answer, page
from tests.sse_server import Answer, Pause, SseServer, Stall
from tests.virtual_time import virtual_loop
from tui_chat.core.conversation import Message, MessageStatus, Role, new_id, now
from tui_chat.core.errors import (
    BadReply,
    KeyRefused,
    NoAnswer,
    ProviderError,
    RequestRejected,
    ServerFailed,
)
from tui_chat.core.profile import Sampling
from tui_chat.core.request import build_request
from tui_chat.core.stream_events import ModelInfo, Phase, Retrying, TextDelta, Waiting
from tui_chat.ui.inspector.save_exchange import save

if TYPE_CHECKING:
    from pathlib import Path

_OK = Answer((hello(END),))


async def test_events_report_the_progress_of_a_request() -> None:
    async with SseServer(error_answer(503, "x"), _OK) as server:
        asked = await asked_at(server)
    kinds = [event.phase if isinstance(event, Waiting) else type(event) for event in asked.events]
    assert kinds[:5] == [
        Phase.CONNECTING,
        Phase.FIRST_TOKEN,
        Retrying,
        Phase.CONNECTING,
        Phase.FIRST_TOKEN,
    ]
    assert next(event for event in asked.events if isinstance(event, Retrying)).attempts == 3


async def test_a_retry_shows_the_server_message_redacted() -> None:
    said = f"engine busy for {KEY}"
    async with SseServer(error_answer(503, said), error_answer(429, said), _OK) as server:
        asked = await asked_at(server)

    retries = [event for event in asked.events if isinstance(event, Retrying)]
    assert [event.reason for event in retries] == ["server error 503", "rate-limited"]
    for event in retries:
        assert event.server_message.startswith("engine busy for ")
        assert KEY not in event.server_message


async def test_no_authorization_is_sent_without_a_key() -> None:
    async with SseServer(_OK) as server:
        await asked_at(server, key=None)
        assert "authorization" not in server.requests[0].headers


async def test_the_key_is_sent_as_a_bearer_token() -> None:
    async with SseServer(_OK) as server:
        await asked_at(server)
        assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"


async def test_no_environment_headers_are_sent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_ORG_ID", "org-of-openai")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "project-of-openai")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "X-Private: yes\nAuthorization: Bearer other")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-openai-12345")
    async with SseServer(_OK) as server:
        await asked_at(server, key=None)
        await asked_at(server)
        for request in server.requests:
            assert not [name for name in request.headers if name.startswith("openai-")]
            assert "x-private" not in request.headers
            assert b"of-openai" not in request.raw
            assert b"other" not in request.raw


async def test_only_needed_headers_are_sent() -> None:
    async with SseServer(_OK) as server:
        await asked_at(server, headers={"X-Team": "blue"})
        headers = server.requests[0].headers
    assert headers["x-team"] == "blue"
    assert headers["user-agent"].startswith("tui-chat/")
    assert set(headers) <= {
        "host", "accept", "accept-encoding", "connection", "user-agent", "content-length",
        "content-type", "authorization", "x-team",
    }  # fmt: skip


async def test_the_body_contains_only_configured_settings() -> None:
    async with SseServer(_OK) as server:
        await asked_at(server, sampling=Sampling(temperature=0.5), extra_body={"top_k": 3})
        assert server.requests[0].json == {
            "model": "test-model",
            "messages": [{"role": "user", "content": "Hi"}],
            "temperature": 0.5,
            "stream": True,
            "stream_options": {"include_usage": True},
            "top_k": 3,
        }


async def test_rejected_stream_options_are_not_sent_again() -> None:
    async with SseServer(error_answer(400, "unknown: stream_options"), _OK) as server:
        profile = profile_at(server)
        provider = await opened(profile)
        for _ in range(2):
            assert (await ask(provider, profile)).reply.status is COMPLETE
        await provider.aclose()
        assert ["stream_options" in request.json for request in server.requests] == [
            True,
            False,
            False,
        ]


def _turn(answer: str, reasoning: str = "") -> tuple[Message, Message]:
    question, reply = messages("Before?")
    return question, replace(
        reply, content=answer, reasoning=reasoning, status=MessageStatus.COMPLETE
    )


async def test_reasoning_is_sent_back_only_if_configured() -> None:
    async with SseServer(_OK) as server:
        path = _turn("So.", "Hm.")
        await asked_at(server, *path)
        await asked_at(server, *path, send_reasoning=True)
        sent: list[Any] = [request.json["messages"] for request in server.requests]
    assert sent[0][1] == {"role": "assistant", "content": "So."}
    assert sent[1][1] == {"role": "assistant", "content": "So.", "reasoning_content": "Hm."}


async def test_lone_surrogates_are_replaced_before_sending() -> None:
    lone = Message(new_id(), "c", None, Role.USER, "a\ud83d\ude42b\ud83d", now())
    async with SseServer(_OK) as server:
        profile = profile_at(server)
        provider = await opened(profile)
        async with aclosing(provider.stream(build_request([lone], profile))) as events:
            async for _ in events:
                pass
        await provider.aclose()
        assert server.requests[0].json["messages"] == [{"role": "user", "content": "a🙂b\ufffd"}]


async def test_the_first_offered_model_is_the_default() -> None:
    async with SseServer(_OK) as server:
        profile = profile_at(server, model=None)
        provider = await opened(profile)
        for _ in range(2):
            await ask(provider, profile)
        await provider.aclose()
        assert [request.json["model"] for request in server.requests] == ["test-model"] * 2
        assert len(server.listed) == 1


async def test_an_empty_model_list_is_reported() -> None:
    async with SseServer(_OK, models=json_answer({"data": []})) as server:
        asked = await asked_at(server, model=None)
    assert asked.reply.error_kind == RequestRejected.kind
    assert "offers no models" in (asked.reply.error_text or "")


async def _offered(models: Answer) -> list[ModelInfo]:
    async with SseServer(models=models) as server:
        provider = await opened(profile_at(server, timeouts=SHORT))
        try:
            return await provider.models()
        finally:
            await provider.aclose()


async def test_models_are_listed() -> None:
    listed = await _offered(
        json_answer({"data": [{"id": "a", "context_length": 8192}, {"id": "b"}]})
    )
    assert listed == [ModelInfo("a", 8192), ModelInfo("b")]


@pytest.mark.parametrize(
    ("answer", "error", "expected"),
    [
        (page("<html><title>Hi</title></html>"), BadReply, "did not return a list of models"),
        (page(""), BadReply, "did not return a list of models"),
        (page("[" * 100_000), BadReply, "did not return a list of models"),
        (json_answer({"data": "none"}), BadReply, "did not return a list of models"),
        (page("<title>Please log in</title>"), BadReply, "Please log in"),
        (json_answer({"error": {"message": f"Boom {KEY}"}}), ServerFailed, "“Boom ***”"),
        (error_answer(401, f"bad {KEY}"), KeyRefused, "bad ***"),
        (error_answer(404, "nothing here"), RequestRejected, "nothing here"),
        (Answer((Stall(),), framing="none"), NoAnswer, "did not list its models within 0.4 s"),
        (Answer((b"{", Stall())), NoAnswer, "did not list"),
    ],
)
async def test_model_list_errors_are_reported(
    answer: Answer, error: type[ProviderError], expected: str
) -> None:
    with pytest.raises(error) as raised:
        await _offered(answer)
    assert expected in raised.value.message
    assert KEY not in raised.value.body


async def test_retry_now_ends_the_pause() -> None:
    async with SseServer(error_answer(503, "x", headers={"Retry-After": "30"}), _OK) as server:
        profile = profile_at(server)
        provider = await opened(profile)
        provider.retry_now()
        texts = []
        request = build_request([messages()[0]], profile)
        async with asyncio.timeout(5), aclosing(provider.stream(request)) as events:
            async for event in events:
                if isinstance(event, Retrying):
                    asyncio.get_running_loop().call_later(0.02, provider.retry_now)
                if isinstance(event, TextDelta):
                    texts.append(event.text)
        await provider.aclose()
    assert "".join(texts) == "Hello."


async def test_concurrent_replies_do_not_mix() -> None:
    async with SseServer(Answer((delta("one") + END,)), Answer((delta("two") + END,))) as server:
        profile = profile_at(server)
        provider = await opened(profile)
        both = await asyncio.gather(ask(provider, profile), ask(provider, profile))
        await provider.aclose()
    assert sorted(asked.reply.content for asked in both) == ["one", "two"]


async def test_connections_are_reused() -> None:
    async with SseServer(_OK) as server:
        profile = profile_at(server)
        provider = await opened(profile)
        for _ in range(3):
            await ask(provider, profile)
        await provider.aclose()
        assert server.connections == 1


@pytest.mark.parametrize("key", ["schlüssel-123456", "a\nb-123456789", "a b-12345", "a\x00-123"])
async def test_an_unsendable_key_is_reported_before_any_request(key: str) -> None:
    async with SseServer(_OK) as server:
        with pytest.raises(KeyRefused, match="contains a blank") as raised:
            await opened(profile_at(server), key)
        assert key not in raised.value.message
        assert not server.connections


async def test_whitespace_around_a_key_is_removed() -> None:
    async with SseServer(_OK) as server:
        await asked_at(server, key=f" {KEY}\r\n")
        assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"


async def test_data_that_arrived_while_suspended_is_read() -> None:
    """Suspending the process (Ctrl+Z) for longer than the timeouts is not an idle endpoint."""
    async with SseServer(Answer((hello(), Pause(0.15), END, Stall()))) as server:
        profile = profile_at(server, timeouts=SHORT)
        provider = await opened(profile)
        loop = virtual_loop()
        loop.call_later(0.1, loop.advance, 0.9)
        asked = await ask(provider, profile)
        await provider.aclose()
    assert asked.reply.status is COMPLETE


async def test_the_exchange_records_request_and_response() -> None:
    async with SseServer(Answer((hello(END),), headers={"X-Request-Id": "r1"})) as server:
        profile = profile_at(server)
        provider = await opened(profile)
        await ask(provider, profile)
        exchange = provider.exchange
        await provider.aclose()
    assert exchange is not None
    assert (exchange.method, exchange.status) == ("POST", 200)
    assert exchange.request_headers["authorization"] == "***"
    assert '"content":"Hi"' in exchange.request_body
    assert exchange.response_headers["x-request-id"] == "r1"
    assert b"".join(entry.data for entry in exchange.entries) == hello(END)
    assert exchange.ended == "complete: stop"


async def test_profile_secrets_are_neither_shown_nor_saved(tmp_path: Path) -> None:
    """Covers the body, headers, the endpoint's echo of both, and the file saved by F12."""
    secrets = ("hunter22", "mcp-Secret-99x", "team-key-4711", "s3ss10n-4242")
    body = {
        "provider": {"api_key": secrets[0]},
        "tools": [{"headers": {"Authorization": f"Bearer {secrets[1]}"}}],
        "route": "fallback",
    }
    headers = {"X-Team-Key": secrets[2], "Cookie": f"session={secrets[3]}", "X-Team": "blue"}
    echo = delta(" and ".join(secrets))
    answer = Answer((hello(echo, END),), headers={"X-Echo": secrets[1]})
    async with SseServer(answer) as server:
        profile = profile_at(server, extra_body=body, headers=headers)
        provider = await opened(profile)
        await ask(provider, profile)
        exchange = provider.exchange
        await provider.aclose()
    assert exchange is not None
    sent = server.requests[0]
    assert all(secret in str(sent.headers) + sent.body.decode() for secret in secrets)
    path = save(exchange, provider.mask, tmp_path, datetime(2026, 1, 1, tzinfo=UTC))
    shown = f"{exchange.request_headers} {exchange.request_body} {exchange.response_headers}"
    for secret in secrets:
        assert secret not in shown
        assert secret not in path.read_text(encoding="utf-8")
    assert "fallback" in exchange.request_body
    assert exchange.request_headers["x-team"] == "blue"
