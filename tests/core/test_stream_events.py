from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_chat.core.stream_events import Phase, finish_label


@pytest.mark.parametrize("reason", [None, "stop", "STOP", "eos", "end_turn", "stop_sequence"])
def test_a_complete_reply_has_no_label(reason: str | None) -> None:
    assert finish_label(reason) == ""


@pytest.mark.parametrize("reason", ["length", "MAX_TOKENS", "content_filter", "tool_calls"])
def test_other_reasons_have_a_label(reason: str) -> None:
    assert finish_label(reason)
    assert reason not in finish_label(reason)


@given(st.text(min_size=1))
def test_an_unknown_reason_is_quoted(reason: str) -> None:
    assert isinstance(finish_label(reason), str)
    assert finish_label("odd") == "ended with the reason “odd”"


def test_phases_are_labels() -> None:
    assert all(phase.value == phase.value.lower().strip() for phase in Phase)
