from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_chat.core.tools.call import Approver, CallState, ResultKind, ResultPart, ToolCall
from tui_chat.core.tools.call_records import call_records, calls_from

TIMES = st.datetimes(timezones=st.just(UTC)) | st.none()
PARTS = st.builds(
    ResultPart, kind=st.sampled_from(ResultKind), text=st.text(), data=st.binary(), uri=st.text()
)
CALLS = st.builds(
    ToolCall,
    call_id=st.text(min_size=1),
    sent_name=st.text(),
    arguments=st.text(),
    state=st.sampled_from(CallState),
    round=st.integers(1, 9),
    edited_from=st.none() | st.text(),
    approved_by=st.none() | st.sampled_from(Approver),
    result=st.tuples(PARTS, PARTS) | st.just(()),
    is_error=st.booleans(),
    proposed_at=TIMES,
    finished_at=TIMES,
)


@given(st.lists(CALLS, max_size=3))
def test_calls_come_back_as_they_were(calls: list[ToolCall]) -> None:
    assert calls_from(json.loads(json.dumps(call_records(calls)))) == tuple(calls)


def test_defaults_are_left_out() -> None:
    assert call_records([ToolCall("1", "f", "{}")]) == [
        {"call_id": "1", "sent_name": "f", "arguments": "{}"}
    ]
    at = datetime(2026, 1, 2, tzinfo=UTC)
    (record,) = call_records([ToolCall("1", "f", "{}", proposed_at=at)])
    assert record["proposed_at"] == "2026-01-02T00:00:00.000000+00:00"


@pytest.mark.parametrize(
    "value",
    [
        {},
        [1],
        [{}],
        [{"call_id": 1, "sent_name": "", "arguments": ""}],
        [{"call_id": "1", "sent_name": "", "arguments": "", "state": "maybe"}],
        [{"call_id": "1", "sent_name": "", "arguments": "", "round": True}],
        [{"call_id": "1", "sent_name": "", "arguments": "", "started_at": "2026-01-01T00:00:00"}],
        [
            {
                "call_id": "1",
                "sent_name": "",
                "arguments": "",
                "result": [{"kind": "text", "data": "?"}],
            }
        ],
    ],
)
def test_other_values_are_refused(value: Any) -> None:
    with pytest.raises((TypeError, ValueError)):
        calls_from(value)
