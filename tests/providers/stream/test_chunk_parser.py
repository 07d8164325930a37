from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given

from tests.providers.streams import CHUNKS
from tui_chat.core.stream_events import Usage
from tui_chat.providers.stream.chunk_parser import ChunkParts, ordinary_text, read_chunk


@given(CHUNKS)
def test_no_chunk_raises(chunk: dict[str, Any]) -> None:
    parts = read_chunk(json.loads(json.dumps(chunk)))
    assert isinstance(parts.text, str)
    assert isinstance(parts.reasoning, str)


@given(CHUNKS)
def test_the_fast_path_gives_the_same_text(chunk: dict[str, Any]) -> None:
    text = ordinary_text(chunk)
    if text is not None:
        parts = read_chunk(chunk)
        expected = ChunkParts(text=text, model=parts.model, id=parts.id)
        assert parts == expected


def _chunk(choice: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "finish_reason": None} | choice], **fields}


def test_an_ordinary_chunk_takes_the_fast_path() -> None:
    assert ordinary_text(_chunk({"delta": {"content": "a"}})) == "a"


@pytest.mark.parametrize(
    "chunk",
    [
        _chunk({"delta": {"content": "a"}}, usage={"prompt_tokens": 1}),
        _chunk({"delta": {"content": "a"}}, error={"message": "x"}),
        _chunk({"delta": {"content": "a"}, "error": 1}),
        _chunk({"delta": {"content": "a", "reasoning": "b"}}),
        _chunk({"delta": {"content": "a"}, "finish_reason": "stop"}),
        _chunk({"delta": {"content": "a"}, "index": 1}),
        _chunk({"delta": {"content": None}}),
        {"choices": []},
        {"choices": None},
        {},
    ],
)
def test_other_chunks_do_not_take_the_fast_path(chunk: dict[str, Any]) -> None:
    assert ordinary_text(chunk) is None


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        ({"prompt_tokens": 1, "completion_tokens": 2}, Usage(1, 2)),
        ({"input_tokens": 1, "output_tokens": 2}, Usage(1, 2)),
        ({"prompt_tokens": 0, "completion_tokens": 0}, Usage(0, 0)),
        ({"completion_tokens": 2}, Usage(None, 2)),
        ({"prompt_tokens": True, "completion_tokens": "2"}, None),
        ({"prompt_tokens": 1e300, "completion_tokens": float("nan")}, None),
        ({"prompt_tokens": 9, "prompt_tokens_details": {"cached_tokens": 4}}, Usage(9, None, 4)),
        ({"prompt_tokens": 9, "prompt_cache_hit_tokens": 5}, Usage(9, None, 5)),
        ({"prompt_tokens": 9, "prompt_tokens_details": None}, Usage(9)),
        ({"cost": 0.25}, Usage(cost=0.25)),
        ({"cost": "0.25"}, Usage(cost=0.25)),
        ({"cost": {"input_tokens_cost": 0.1, "total_cost": 0.3}}, Usage(cost=0.3)),
        (
            {"cost": 0.5, "is_byok": True, "cost_details": {"upstream_inference_cost": 2}},
            Usage(cost=2.5),
        ),
        ({"cost": 0.5, "cost_details": {"upstream_inference_cost": 2}}, Usage(cost=0.5)),
        ({"cost": -1}, None),
        ({"cost": "nan"}, None),
        ({"cost": "1e999"}, None),
        ({"cost": True}, None),
        ([], None),
        (None, None),
    ],
)
def test_usage_is_parsed(usage: Any, expected: Usage | None) -> None:
    assert read_chunk({"choices": [], "usage": usage}).usage == expected
