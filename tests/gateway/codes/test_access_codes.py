"""Validity of access codes, and their limits."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from tests.gateway.running import QUESTION
from tests.providers.wire import END, delta, event, hello
from tests.sse_server import Answer, Stall
from tui_chat.gateway.codes.access_codes import (
    AccessCode,
    CodeLimits,
    code_from_headers,
    digest_of,
    find_valid_code,
)

if TYPE_CHECKING:
    import pytest

    from tests.gateway.conftest import Opener

HELLO = Answer((hello(END),))
NOW = datetime(2026, 5, 1, tzinfo=UTC)


def code_of(text: str, number: int = 1, **fields: object) -> AccessCode:
    salt = bytes([number]) * 16
    revoked_at = fields.pop("revoked_at", None)
    return AccessCode(
        number, f"c{number}", salt, digest_of(text.encode(), salt), NOW,
        CodeLimits(**fields), revoked_at,  # type: ignore[arg-type]
    )  # fmt: skip


async def test_invalid_codes_are_rejected(opened: Opener) -> None:
    gateway, server = await opened(HELLO)
    past = datetime.now(UTC) - timedelta(seconds=1)
    expired = gateway.add("old", expires_at=past)
    revoked = gateway.add("gone")
    gateway.records.codes.revoke("gone")
    answers = []
    for headers in (
        {},
        {"Authorization": ""},
        {"Authorization": "Bearer"},
        {"Authorization": f"Basic {gateway.code}"},
        {"Authorization": f"Bearer {gateway.code}x"},
        {"Authorization": f"Bearer {gateway.code[:-1]}"},
        {"x-access-code": f"{gateway.code} {gateway.code}"},
        {"x-access-code": gateway.code.swapcase()},
        {"x-access-code": expired},
        {"x-access-code": revoked},
        {"x-access-code": "口令".encode()},
        {"x-access-code": b"\xff\xfe"},
        {"x-access-code": "x" * 20_000},
        # The first header wins, even if its code is wrong and the other one is right.
        {"x-access-code": "wrong", "Authorization": f"Bearer {gateway.code}"},
    ):
        answer = await gateway.client.post(
            "/v1/chat/completions",
            json={"messages": QUESTION},
            headers=headers,  # type: ignore[arg-type]
        )
        answers.append((answer.status_code, answer.content))
        listed = await gateway.client.get("/v1/models", headers=headers)  # type: ignore[arg-type]
        answers.append((listed.status_code, listed.content))
    assert len(set(answers)) == 1
    assert answers[0][0] == 401
    assert not server.connections


async def test_both_headers_are_accepted(opened: Opener) -> None:
    gateway, _ = await opened(HELLO)
    for headers in (
        {"Authorization": f"Bearer {gateway.code}"},
        {"authorization": f"bearer   {gateway.code}"},
        {"X-Access-Code": gateway.code},
    ):
        assert (await gateway.client.get("/v1/models", headers=headers)).status_code == 200


def test_every_code_is_always_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    codes = [
        code_of("first", 1),
        code_of("expired", 2, expires_at=NOW),
        code_of("revoked", 3, revoked_at=NOW),
        code_of("last", 4),
    ]
    compared: list[bytes] = []

    def compare(one: bytes, other: bytes) -> bool:
        compared.append(other)
        return one == other

    monkeypatch.setattr("tui_chat.gateway.codes.access_codes.hmac.compare_digest", compare)
    for given, name in ((b"first", "c1"), (b"last", "c4"), (b"expired", ""), (b"revoked", ""),
                        (b"", ""), (b"wrong", "")):  # fmt: skip
        compared.clear()
        found = find_valid_code(given, codes, NOW)
        assert (found.name if found else "") == name
        assert compared == [code.digest for code in codes]


def test_a_code_is_compared_as_bytes() -> None:
    assert code_from_headers({b"x-access-code": b" \xff "}) == b"\xff"
    assert code_from_headers({b"authorization": b"Bearer  a b"}) == b"a b"
    assert code_from_headers({}) == b""


async def test_changes_of_the_codes_apply_at_once(opened: Opener) -> None:
    gateway, _ = await opened(HELLO)
    code = gateway.add("ada")
    assert (await gateway.ask(code, stream=True)).status_code == 200
    gateway.records.codes.revoke("ada")
    assert (await gateway.ask(code, stream=True)).status_code == 401
    assert (await gateway.ask(gateway.add("ada"), stream=True)).status_code == 200


async def test_requests_per_minute(opened: Opener) -> None:
    gateway, server = await opened(HELLO)
    code = gateway.add("slow", requests_per_minute=2)
    answers = [await gateway.ask(code, stream=True) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert 0 < int(answers[2].headers["retry-after"]) <= 60
    assert answers[2].json()["error"]["code"] == "requests_per_minute"
    text = await gateway.chat(code)
    assert (text.status_code, "retry-after" in text.headers) == (429, True)
    # Other codes are not limited; the list of models counts too.
    assert (await gateway.ask(stream=True)).status_code == 200
    listed = await gateway.client.get("/v1/models", headers={"x-access-code": code})
    assert listed.status_code == 429
    assert len(server.requests) == 3
    assert ("", 0, 0, 0, 429, "refused") in await gateway.entries(5)


async def test_tokens_per_day(opened: Opener) -> None:
    usage = event({"choices": [], "usage": {"prompt_tokens": 30, "completion_tokens": 30}})
    gateway, _ = await opened(Answer((hello(usage, END),)))
    code = gateway.add("small", tokens_per_day=100)
    statuses = []
    for count in (1, 2, 3):
        statuses.append((await gateway.ask(code, stream=True)).status_code)
        await gateway.entries(count)
    assert statuses == [200, 200, 429]
    answer = await gateway.ask(code, stream=True)
    assert 0 < int(answer.headers["retry-after"]) <= 86_400
    assert "tokens" in answer.json()["error"]["message"]


async def test_tokens_of_running_requests_count(opened: Opener) -> None:
    gateway, server = await opened(Answer((delta("word " * 200), Stall())))
    code = gateway.add("small", tokens_per_day=100)
    headers = {"x-access-code": code}
    body = {"model": "m", "messages": QUESTION, "stream": True}
    async with gateway.client.stream(
        "POST", "/v1/chat/completions", json=body, headers=headers
    ) as answer:
        await anext(answer.aiter_bytes())
        async with asyncio.timeout(5):
            assert (await gateway.ask(code, stream=True)).status_code == 429
    await server.requests[0].saw_close()
