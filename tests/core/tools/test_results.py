from __future__ import annotations

from dataclasses import replace

import pytest

from tui_chat.core.tools.call import CallState, ResultKind, ResultPart, ToolCall
from tui_chat.core.tools.results import text_for_model

_CALL = ToolCall("a", "t__now", "{}", "t", "now", state=CallState.DONE)
_TEXT = ResultPart(ResultKind.TEXT, "noon")


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (replace(_CALL, result=(_TEXT, _TEXT)), "noon\nnoon"),
        (_CALL, "[the tool returned nothing]"),
        (replace(_CALL, result=(_TEXT,), is_error=True), "The tool reports an error:\nnoon"),
        (
            replace(_CALL, result=(_TEXT,), is_error=True, state=CallState.FAILED),
            "The tool reports an error:\nnoon",
        ),
        (replace(_CALL, state=CallState.FAILED, note="It died."), "The call failed. It died."),
        (
            replace(_CALL, state=CallState.REFUSED, note="Not now."),
            "The user refused this call. It was not run. Not now.",
        ),
        (
            replace(_CALL, state=CallState.CANCELLED),
            "The user stopped this call. It has no result.",
        ),
        (replace(_CALL, state=CallState.PROPOSED), "The user stopped this call. It has no result."),
        (
            replace(_CALL, state=CallState.INTERRUPTED),
            "The program ended while this call ran. Its result is unknown.",
        ),
        (
            replace(
                _CALL, result=(ResultPart(ResultKind.PICTURE, data=b"1234", mime="image/png"),)
            ),
            "[picture: image/png, 4 bytes, shown to the user only]",
        ),
        (
            replace(_CALL, result=(ResultPart(ResultKind.LINK, uri="file:///a", name="a"),)),
            "[resource: file:///a a]",
        ),
    ],
)
def test_every_state_has_an_answer_for_the_model(call: ToolCall, text: str) -> None:
    assert text_for_model(call) == text


def test_a_long_result_is_cut_and_says_so() -> None:
    call = replace(_CALL, result=(ResultPart(ResultKind.TEXT, "x" * 100),))
    assert text_for_model(call, 10) == (
        "x" * 10 + "\n[cut here: the first 10 of 100 characters of the result]"
    )
