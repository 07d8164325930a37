"""Runs every case through the real provider against a real server."""

from __future__ import annotations

import asyncio
import base64
import logging
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

import pytest

from tests.providers.case import Asked, Case, ask, messages, opened
from tests.providers.cases import CASES
from tests.providers.wire import KEY
from tui_chat.core.conversation import now
from tui_chat.core.errors import ProviderError, TuiChatError
from tui_chat.core.http_exchange import to_jsonl
from tui_chat.core.stream_events import Finished, Retrying
from tui_chat.core.turn import Turn

if TYPE_CHECKING:
    from tests.sse_server import SseServer
    from tui_chat.core.http_exchange import Exchange

_PATIENCE_S = 600.0


def test_there_are_enough_cases() -> None:
    assert len(CASES) >= 130


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
async def test_case(
    case: Case, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for name in ("httpx2", "httpcore2", "openai"):
        # As in session.log_file.
        caplog.set_level(logging.WARNING, name)
    async with case.server() as server:
        for name, value in case.env.items():
            monkeypatch.setenv(name, value.format(port=server.port))
        async with asyncio.timeout(_PATIENCE_S):
            asked, shown = await _answered(case, server)
        _check(case, asked)
        assert len(server.requests) == case.requests
        seen = [*shown, asked.reply.error_text or "", asked.reply.model or "", caplog.text]
        if isinstance(asked.error, ProviderError):
            seen += [asked.error.body, asked.error.server_message, str(asked.error)]
        _check_no_key("\n".join(seen), asked)


async def _answered(case: Case, server: SseServer) -> tuple[Asked, list[str]]:
    profile = case.profile_for(server)
    try:
        provider = await opened(profile, case.key)
    except TuiChatError as error:
        assert not case.opens
        turn = Turn(*messages())
        turn.fail(error, now())
        return Asked(turn.finish(now()), [], error), []
    assert case.opens
    try:
        asked = await ask(provider, profile)
        return asked, _shown(provider.exchange, provider.mask)
    finally:
        await provider.aclose()


def _shown(exchange: Exchange | None, mask: object) -> list[str]:
    if exchange is None:
        return []
    assert callable(mask)
    return list(to_jsonl(exchange, mask))


def _check(case: Case, asked: Asked) -> None:
    reply = asked.reply
    error_text = reply.error_text or ""
    assert (reply.status, reply.error_kind, reply.content, reply.reasoning) == (
        case.status,
        case.kind,
        case.text,
        case.reasoning,
    ), error_text
    for fragment in case.fragments:
        assert fragment in error_text
    if not case.fragments:
        assert not error_text or case.kind
    assert (reply.input_tokens, reply.output_tokens) == case.usage
    if case.finish_reason is not None:
        assert reply.finish_reason == case.finish_reason
    assert len(error_text) < 800
    assert error_text.isprintable()
    finals = [event for event in asked.events if isinstance(event, Finished)]
    assert len(finals) == (0 if case.kind else 1)
    tries = [event for event in asked.events if isinstance(event, Retrying)]
    assert len(tries) < max(case.requests, 1) or not case.requests


def _check_no_key(seen: str, asked: Asked) -> None:
    fragments = {KEY[start : start + 8] for start in range(3, len(KEY) - 7)}
    for text in (seen, unquote(seen), unquote(unquote(seen)), seen.replace("\\/", "/")):
        lower = text.lower()
        assert KEY.lower() not in lower
        assert not [piece for piece in fragments if piece in text], asked.reply.error_text
    assert base64.b64encode(KEY.encode()).decode().rstrip("=") not in seen
    assert quote(KEY, safe="").lower() not in seen.lower()
