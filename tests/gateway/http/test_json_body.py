"""Bodies are parsed within limits, and never hold other requests for long."""

from __future__ import annotations

import asyncio
import json

import pytest

from tui_chat.gateway.http.errors import ErrorReply
from tui_chat.gateway.http.json_body import VALUE_LIMIT, parse_object


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"[]", b"null", b'"x"', b"\xff", b'{"a": NaN}', b'{"a": 1e999}', b"{}{}",
        b"[" * 100_000, b'{"a":' * 100_000, b'{"a":' + b"[" * 60 + b"]" * 60 + b"}",
        b'{"a": ' + b"9" * 10_000 + b"}", "{“a”: 1}".encode(), b"\x00",
        b'{"a" "b": 1}', b'{"a": "' + b'\\"' * 1000,
    ],
    ids=range(17),
)  # fmt: skip
async def test_bodies_that_are_not_json_objects(body: bytes) -> None:
    with pytest.raises(ErrorReply) as refused:
        await parse_object(body)
    assert refused.value.status in (400, 413)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"a": [1, -2.5, True, None, "x"], "文": {"b": '\\ " \n {[,:]}'}},
        {"messages": [{"role": "user", "content": "hi, {there}"}] * 10_000},
        {"a": 'word, "quoted" [x] ' * 50_000},
    ],
    ids=["empty", "mixed", "messages", "text"],
)
@pytest.mark.parametrize("indent", [None, 2])
async def test_objects_are_parsed(body: object, indent: int | None) -> None:
    assert await parse_object(json.dumps(body, indent=indent).encode()) == body


@pytest.mark.parametrize("piece", [b"{},", b'"x",', b"1,", b"[],", b'{"a":1},'])
async def test_too_many_values_are_refused_before_they_are_parsed(
    piece: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui_chat.gateway.http.json_body.json.loads", None)
    body = b'{"a":[' + piece * (VALUE_LIMIT + 1) + b"0]}"
    with pytest.raises(ErrorReply) as refused:
        await parse_object(body)
    assert refused.value.status == 413


async def test_other_requests_proceed_while_values_are_counted() -> None:
    turns = 0

    async def other() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    task = asyncio.get_running_loop().create_task(other())
    await parse_object(json.dumps({"a": ["x"] * (VALUE_LIMIT - 10)}).encode())
    task.cancel()
    # Counted in steps of 20,000 tokens; each value here is two.
    assert turns >= 10
