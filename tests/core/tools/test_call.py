from __future__ import annotations

import pytest

from tui_chat.core.tools.call import CallState, ToolCall, open_calls, put_call

_CALL = ToolCall("a", "time__now", "{}", "time", "now")


def _in(state: CallState) -> ToolCall:
    return ToolCall("a", "time__now", "{}", "time", "now", state=state)


def test_a_changed_call_takes_the_place_of_its_earlier_state() -> None:
    other = ToolCall("b", "time__now", "{}")
    calls = put_call(put_call((), _CALL), other)
    assert put_call(calls, _in(CallState.DONE)) == (_in(CallState.DONE), other)


@pytest.mark.parametrize(
    ("state", "after"),
    [
        (CallState.PROPOSED, CallState.CANCELLED),
        (CallState.APPROVED, CallState.CANCELLED),
        (CallState.RUNNING, CallState.INTERRUPTED),
        (CallState.DONE, CallState.DONE),
        (CallState.REFUSED, CallState.REFUSED),
        (CallState.FAILED, CallState.FAILED),
    ],
)
def test_a_crash_interrupts_only_a_call_that_ran(state: CallState, after: CallState) -> None:
    assert _in(state).interrupted().state is after


def test_the_calls_that_wait_or_run_are_open() -> None:
    assert open_calls([_in(state) for state in CallState]) == [
        _in(CallState.PROPOSED),
        _in(CallState.APPROVED),
        _in(CallState.RUNNING),
    ]


@pytest.mark.parametrize("state", list(CallState))
def test_every_state_has_a_label(state: CallState) -> None:
    assert state.label
