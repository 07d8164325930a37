from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tui_chat.import_export.export.redact_keys import KeyRedactor

if TYPE_CHECKING:
    from tui_chat.core.profile import Secret


@pytest.mark.parametrize(
    ("text", "runs_commands"),
    [
        ("01a22f7d7142  02:48  Why is the sky blue?", False),
        ("01a22f7d7142707e9bc48459d2f  two of one millisecond", False),
        ("01a22f7d7142707e9bc48459d2fedac  two of one millisecond", False),
        ("0123456789abcdef0123456789abcdef  an Azure key", True),
        ("sk-live-4f9d8a7b6c5e", True),
    ],
)
def test_keys_of_commands_are_read_only_for_a_text_that_may_hold_one(
    text: str, runs_commands: bool
) -> None:
    calls = []

    def slow_keys() -> list[Secret]:
        calls.append(text)
        return []

    assert KeyRedactor(more=slow_keys).text(text) == text
    assert bool(calls) is runs_commands
