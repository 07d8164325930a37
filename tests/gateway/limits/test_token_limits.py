"""Token limits bound what a code costs, with any number of streams and whatever they carry."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.gateway.running import QUESTION, Gateway
from tests.providers.wire import END, delta, event, hello
from tests.sse_server import Answer, Repeat, SseServer
from tui_chat.gateway.proxy.input_estimate import estimate_input_tokens

if TYPE_CHECKING:
    from pathlib import Path

    from tests.gateway.conftest import Opener

LIMIT = 1000
WORD = delta("word ")
"""Two tokens by our estimate."""


async def streamed(gateway: Gateway, code: str, **fields: Any) -> str:
    answer = await gateway.ask(code, stream=True, **fields)
    return answer.text


@pytest.mark.parametrize("streams", [8, 50])
async def test_concurrent_streams_stay_within_the_limit(
    tmp_path: Path, database: str | None, streams: int
) -> None:
    # The endpoint ignores every limit and never reports its usage.
    async with (
        SseServer(Answer((Repeat(WORD),))) as server,
        Gateway(server, tmp_path, database=database) as gateway,
    ):
        code = gateway.add("ada", tokens_per_day=LIMIT, concurrent_requests=100)
        texts = await asyncio.gather(*(streamed(gateway, code) for _ in range(streams)))
        rows = await gateway.entries(streams)
        used = sum(row[1] + row[2] for row in rows)
        assert used <= LIMIT + 2 * streams
        assert used > LIMIT - 100
        # What the clients received is what was counted.
        received = sum(2 * text.count('"word "') for text in texts)
        counted = sum(row[2] for row in rows)
        assert received == counted
        assert {row[5] for row in rows} <= {"limit", "refused"}
        for text in texts:
            error = json.loads(text.removeprefix("data: ").strip().rsplit("data: ", 1)[-1])
            assert error["error"]["code"] == "tokens_per_day"
        assert (await gateway.ask(code, stream=True)).status_code == 429


async def test_the_endpoint_is_asked_for_no_more_than_is_left(opened: Opener) -> None:
    gateway, server = await opened(Answer((hello(END),)))
    code = gateway.add("ada", tokens_per_day=LIMIT)
    question = estimate_input_tokens({"messages": QUESTION})
    await gateway.ask(code, stream=True)
    await gateway.ask(code, stream=True, max_tokens=10)
    await gateway.ask(code, stream=True, max_completion_tokens=10**6, max_tokens=10**6)
    first, second, third = (dict[str, Any](sent.json) for sent in server.requests)
    assert first["max_tokens"] == LIMIT - question
    assert second["max_tokens"] == 10
    assert third["max_completion_tokens"] == third["max_tokens"] < first["max_tokens"]
    # A code without a limit changes nothing.
    await gateway.ask(stream=True)
    assert "max_tokens" not in server.requests[3].json


def tool(description: str) -> dict[str, Any]:
    return {"type": "function", "function": {"name": "f", "description": description}}


LONG = "word " * 4000


@pytest.mark.parametrize(
    "fields",
    [
        {"tools": [tool(LONG)]},
        {"response_format": {"type": "json_schema", "json_schema": {"schema": {LONG: {}}}}},
        {"messages": [{"role": "user", "content": f"data:{LONG}"}]},
        {"messages": [{"role": "user", "content": [{"type": "text", "text": f"data:{LONG}"}]}]},
        {
            "messages": [
                {
                    "role": "assistant",
                    "content": None,
                    "tool_calls": [
                        {
                            "type": "function",
                            "id": "1",
                            "function": {"name": "f", "arguments": f"data:{LONG}"},
                        }
                    ],
                },
                *QUESTION,
            ]
        },
    ],
    ids=["tools", "schema", "data-text", "data-part", "tool-call"],
)
async def test_everything_that_is_sent_counts(opened: Opener, fields: dict[str, Any]) -> None:
    gateway, server = await opened(Answer((hello(END),)))
    code = gateway.add("ada", tokens_per_day=LIMIT)
    refused = await gateway.ask(code, stream=True, **fields)
    assert (refused.status_code, refused.json()["error"]["code"]) == (429, "tokens_per_day")
    assert not server.requests


def test_pictures_and_files_count_by_their_kind() -> None:
    def tokens(part: dict[str, Any]) -> int:
        message = {"role": "user", "content": [part]}
        return estimate_input_tokens({"messages": [message]})

    data = "data:image/png;base64," + "x" * 1_000_000
    assert 1000 < tokens({"type": "image_url", "image_url": {"url": data}}) < 1500
    assert tokens({"type": "file", "file": {"file_data": "x" * 200_000}}) > 9_000
    assert tokens({"type": "input_audio", "input_audio": {"data": "x" * 200_000}}) >= 100


async def test_tool_calls_of_a_stream_count(opened: Opener) -> None:
    call = {"index": 0, "function": {"name": "f", "arguments": "word " * 100}}
    piece = event({"choices": [{"index": 0, "delta": {"tool_calls": [call]}}]})
    gateway, _ = await opened(Answer((Repeat(piece),)))
    code = gateway.add("ada", tokens_per_day=LIMIT)
    assert "tokens_per_day" in await streamed(gateway, code)
    ((_, input_tokens, output_tokens, is_estimated, _, ended),) = await gateway.entries()
    assert (is_estimated, ended) == (1, "limit")
    assert LIMIT - 200 < input_tokens + output_tokens <= LIMIT + 130


async def test_hidden_reasoning_is_settled_and_carried_over(opened: Opener) -> None:
    usage = event({"choices": [], "usage": {"prompt_tokens": 10, "completion_tokens": 5000}})
    gateway, _ = await opened(Answer((hello(usage, END),)))
    code = gateway.add("ada", tokens_per_day=LIMIT)
    assert "Hel" in await streamed(gateway, code)
    await gateway.entries()
    assert gateway.query("SELECT max(tokens) FROM periods") == [(5010,)]
    assert (await gateway.ask(code, stream=True)).status_code == 429


async def test_replies_in_one_piece_reserve_their_whole_length(opened: Opener) -> None:
    whole = {"choices": [{"message": {"content": "Hi"}, "finish_reason": "stop"}]}
    body = json.dumps(whole).encode()
    gateway, server = await opened(Answer((body,), content_type="application/json"))
    code = gateway.add("ada", tokens_per_day=10_000)
    assert (await gateway.ask(code)).status_code == 200
    assert server.requests[0].json["max_tokens"] == 4096


async def test_a_locked_ledger_refuses_requests(opened: Opener) -> None:
    gateway, server = await opened(Answer((hello(END),)))
    with gateway.locked():
        answer = await gateway.ask(stream=True)
    assert answer.status_code == 503
    assert answer.json()["error"]["code"] == "records_unavailable"
    assert "retry-after" in answer.headers
    assert not server.requests
    assert (await gateway.ask(stream=True)).status_code == 200
