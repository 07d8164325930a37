"""Prices of a profile, and what clients of the gateway may ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tui_chat.core.caps import NO_URLS, Caps
from tui_chat.core.cost.price import Price

if TYPE_CHECKING:
    from tests.config.conftest import Load

HEAD = '[profiles.p]\nbase_url = "http://127.0.0.1:1/v1"\n'


def test_without_the_tables_nothing_is_limited_but_urls(load: Load) -> None:
    profile = load(HEAD).profiles["p"]
    assert profile.price is None
    assert profile.caps == NO_URLS


def test_prices_and_limits_are_read(load: Load) -> None:
    settings = load(
        HEAD + 'price = { input = 0.3, output = 1, cached = 0.1, currency = "EUR" }\n'
        "monthly_limit = 20\n"
        "[profiles.p.gateway]\n"
        'max_tokens = 100\nmax_effort = "low"\ntools = false\nimages = false\n'
        'formats = ["json_object"]\nmodels = ["a", "b"]\nurls = true\n'
    )
    assert not settings.problems
    profile = settings.profiles["p"]
    assert profile.price == Price(0.3, 1.0, 0.1, "EUR")
    assert profile.monthly_limit == 20.0
    assert profile.caps == Caps(
        100, "low", tools=False, images=False, formats=("json_object",), models=("a", "b")
    )


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("price = { input = -1 }", "price.input"),
        ('price = { currency = "dollar" }', "price.currency"),
        ("monthly_limit = -1", "monthly_limit"),
        ("price = { inptu = 1 }", "price.inptu"),
        ("price = 3", "price"),
        ('gateway = { max_effort = "huge" }', "gateway.max_effort"),
        ('gateway = { formats = ["xml"] }', "gateway.formats"),
        ("gateway = { max_tokens = 0 }", "gateway.max_tokens"),
        ('gateway = { urls = "yes" }', "gateway.urls"),
        ("gateway = { max_token = 1 }", "gateway.max_token"),
    ],
)
def test_mistakes_are_reported_with_their_key(load: Load, line: str, key: str) -> None:
    settings = load(f"{HEAD}{line}\n")
    (problem,) = settings.problems
    assert problem.key == f"profiles.p.{key}"
    assert "p" in settings.profiles
