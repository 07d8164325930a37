from __future__ import annotations

import pytest

from tui_chat.core.text.brackets import has_few_brackets


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("", True),
        ("[" * 60, True),
        ("[" * 61, False),
        ("[x]" * 1_000, True),
        ("]" * 100 + "[" * 60, True),
        ("[" * 61 + "]" * 61, False),
    ],
)
def test_only_deep_nesting_is_rejected(source: str, expected: bool) -> None:
    assert has_few_brackets(source) is expected
