"""Event streams for the property tests: valid, broken, and arbitrary bytes."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

from hypothesis import strategies as st

from tests.core.strategies import TEXTS

_ENDS = st.sampled_from([b"\n", b"\r", b"\r\n"])
_SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), TEXTS)
ANY: st.SearchStrategy[Any] = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
_DELTA = st.fixed_dictionaries(
    {},
    optional={
        "content": TEXTS | st.sampled_from(["<think>", "</think>", "<thi", "nk>"]) | ANY,
        "role": st.just("assistant"),
        "reasoning_content": TEXTS | ANY,
        "reasoning": TEXTS | ANY,
        "refusal": TEXTS | st.none(),
        "tool_calls": ANY | st.just([{"function": {"name": "f"}}]),
    },
)
_CHOICE = st.fixed_dictionaries(
    {},
    optional={
        "index": st.sampled_from([0, 0, 0, 1, None]),
        "delta": _DELTA | ANY,
        "message": _DELTA,
        "finish_reason": st.sampled_from([None, None, "stop", "length", 3]),
        "text": TEXTS,
    },
)
CHUNKS = st.fixed_dictionaries(
    {},
    optional={
        "id": st.just("x") | ANY,
        "model": TEXTS,
        "choices": st.lists(_CHOICE, max_size=2) | ANY,
        "usage": st.just({"prompt_tokens": 1, "completion_tokens": 2}) | ANY,
        "error": st.none() | ANY,
        "message": ANY,
        "response": ANY,
        "done": ANY,
        "detail": ANY,
    },
)
_JSON = CHUNKS.map(lambda value: json.dumps(value, ensure_ascii=True).encode())
_RAW_JSON = CHUNKS.map(
    lambda value: json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")
)
_DATA = st.one_of(_JSON, _RAW_JSON, st.binary(max_size=30), st.just(b"[DONE]"))
_LINES = st.one_of(
    _DATA.map(lambda data: b"data: " + data),
    _DATA.map(lambda data: b"data:" + data),
    st.sampled_from(
        [b"", b"", b"", b":", b": x", b"data", b"event: error", b"event: x", b"retry: 1", b"id: 3"]
    ),
    _JSON,
    st.binary(max_size=20),
)
STREAMS = st.lists(st.tuples(_LINES, _ENDS), max_size=12).map(
    lambda lines: b"".join(line + end for line, end in lines)
)


def split(stream: bytes, data: st.DataObject) -> list[bytes]:
    """Return a stream split at any positions."""
    cuts = data.draw(st.lists(st.integers(0, len(stream)), max_size=8).map(sorted))
    edges = [0, *cuts, len(stream)]
    return [stream[start:end] for start, end in pairwise(edges)]
