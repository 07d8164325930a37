from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from tests.providers.streams import ANY
from tui_chat.core.stream_events import ModelInfo
from tui_chat.providers.model_list import parse_model_list


@pytest.mark.parametrize(
    ("body", "offers"),
    [
        ({"data": [{"id": "a"}, {"id": "b"}]}, [ModelInfo("a"), ModelInfo("b")]),
        ({"data": []}, []),
        ([{"id": "a"}, "b"], [ModelInfo("a"), ModelInfo("b")]),
        ({"models": [{"name": "a"}, {"model": "b"}]}, [ModelInfo("a"), ModelInfo("b")]),
        ({"data": None, "models": [{"id": "a"}]}, [ModelInfo("a")]),
        ({"data": [{"id": "a"}, {"id": "a"}, None, 3, {"id": 4}]}, [ModelInfo("a")]),
        ({"data": [{"id": "a", "context_length": 5}]}, [ModelInfo("a", 5)]),
        ({"data": [{"id": "a", "meta": {"n_ctx_train": 6}}]}, [ModelInfo("a", 6)]),
        ({"data": [{"id": "a", "top_provider": {"context_length": 7}}]}, [ModelInfo("a", 7)]),
        ({"data": [{"id": "a", "context_length": "5", "max_model_len": True}]}, [ModelInfo("a")]),
        ({"data": "a"}, None),
        ({}, None),
        (None, None),
    ],
)
def test_model_lists(body: Any, offers: list[ModelInfo] | None) -> None:
    assert parse_model_list(body) == offers


@given(ANY)
def test_no_input_raises(body: Any) -> None:
    parse_model_list(body)
    parse_model_list({"data": body})
    parse_model_list([body])
