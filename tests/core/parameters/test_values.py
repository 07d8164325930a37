"""The values of parameters that a user types."""

from __future__ import annotations

from typing import Any

import pytest

from tui_chat.core.errors import ConfigError
from tui_chat.core.parameters.values import entered_value


@pytest.mark.parametrize(
    ("name", "typed", "value"),
    [
        ("temperature", " 0.3 ", 0.3),
        ("temperature", "0,3", 0.3),
        ("temperature", "", None),
        ("max_tokens", "4096", 4096),
        ("seed", "-1", -1),
        ("stop", "END", ("END",)),
        ("effort", "Highest", "max"),
        ("system_prompt", " two\nlines ", " two\nlines "),
        ("system_prompt", "", ""),
    ],
)
def test_a_value_that_is_typed(name: str, typed: str, value: Any) -> None:
    assert entered_value(name, typed) == value


@pytest.mark.parametrize(
    ("name", "typed", "words"),
    [
        ("temperature", "2.1", "“2.1” is not a value of temperature. Use a number from 0 to 2."),
        ("temperature", "nan", "Use a number from 0 to 2."),
        ("temperature", "hot", "“hot”"),
        ("max_tokens", "0", "Use an integer from 1 to 100000000."),
        ("max_tokens", "1.5", "Use an integer"),
        ("seed", "x" * 99, "“" + "x" * 20 + "”"),
        ("effort", "hihg", "Use one of none, minimal, low, medium, high, xhigh"),
    ],
)
def test_a_value_that_is_refused(name: str, typed: str, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        entered_value(name, typed)
    assert words in caught.value.message
