"""Property test: with one character lost, doubled or replaced, the object is exact or reported."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tui_chat.core.request import ResponseFormat
from tui_chat.structured.evaluate_reply import evaluate
from tui_chat.structured.lossless_json import dumps, loads
from tui_chat.structured.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCUMENTS: tuple[Any, ...] = (
    {
        "name": "Ada Lovelace",
        "age": 36,
        "tags": ["maths", "poems"],
        "address": {"city": "London", "zip": "W1 3AB"},
        "ok": True,
    },
    [{"id": 1, "t": "Hello, world: it is fine"}, {"id": 2, "t": "x [y] {z}"}, {"id": 3, "t": None}],
    {"省": "广东省", "市": ["深圳市", "广州市"], "价格": [1.5, -2], "嵌套": {"a": {"b": {"c": 1}}}},
)


def damaged(raw: str) -> Iterator[str]:
    is_in_text = False
    for at, mark in enumerate(raw):
        is_in_text ^= mark == '"'
        if is_in_text and mark != '"':
            # The original is not recoverable.
            continue
        if mark in '",:':
            yield raw[:at] + raw[at + 1 :]
            yield raw[:at] + mark * 2 + raw[at + 1 :]
        if mark == '"':
            yield f"{raw[:at]}'{raw[at + 1 :]}"
        if mark in "}]":
            yield f"{raw[:at]},{raw[at:]}"


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("document", DOCUMENTS, ids=["person", "list", "Chinese"])
def test_the_object_is_parsed_or_reported(document: Any, indent: int | None) -> None:
    raw = json.dumps(document, ensure_ascii=False, indent=indent)
    wanted = dumps(loads(raw).value)
    texts = list(damaged(raw))
    read = 0
    for text in texts:
        found = evaluate(text, ResponseFormat("json_object"))
        if found.verdict in {Verdict.VALID, Verdict.REPAIRED} and found.json is not None:
            assert dumps(found.value) == wanted, text
            read += 1
    assert read > 0.85 * len(texts)
