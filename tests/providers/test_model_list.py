from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from tests.providers.streams import ANY
from tui_chat.core.stream_events import ModelOffer
from tui_chat.providers.model_list import read_offers


@pytest.mark.parametrize(
    ("body", "offers"),
    [
        ({"data": [{"id": "a"}, {"id": "b"}]}, [ModelOffer("a"), ModelOffer("b")]),
        ({"data": []}, []),
        ([{"id": "a"}, "b"], [ModelOffer("a"), ModelOffer("b")]),
        ({"models": [{"name": "a"}, {"model": "b"}]}, [ModelOffer("a"), ModelOffer("b")]),
        ({"data": None, "models": [{"id": "a"}]}, [ModelOffer("a")]),
        ({"data": [{"id": "a"}, {"id": "a"}, None, 3, {"id": 4}]}, [ModelOffer("a")]),
        ({"data": [{"id": "a", "context_length": 5}]}, [ModelOffer("a", 5)]),
        ({"data": [{"id": "a", "meta": {"n_ctx_train": 6}}]}, [ModelOffer("a", 6)]),
        ({"data": [{"id": "a", "top_provider": {"context_length": 7}}]}, [ModelOffer("a", 7)]),
        ({"data": [{"id": "a", "context_length": "5", "max_model_len": True}]}, [ModelOffer("a")]),
        ({"data": "a"}, None),
        ({}, None),
        (None, None),
    ],
)
def test_offers(body: Any, offers: list[ModelOffer] | None) -> None:
    assert read_offers(body) == offers


@given(ANY)
def test_nothing_makes_it_raise(body: Any) -> None:
    read_offers(body)
    read_offers({"data": body})
    read_offers([body])
