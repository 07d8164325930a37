from __future__ import annotations

from tests.ui.tools.calls import call
from tui_chat.core.stream_events import Finished, Phase, TextDelta, Usage, Waiting
from tui_chat.core.tools.call import CallState
from tui_chat.core.tools.events import CallChanged, CallProgress, CallWriting, RoundStarted
from tui_chat.ui.chat.turn_progress import TurnProgress


def changed(call_id: str, state: CallState, name: str = "get_weather") -> CallChanged:
    return CallChanged(call(call_id, state, name=name))


def test_the_state_of_the_calls_comes_before_that_of_the_answer() -> None:
    progress = TurnProgress(0.0)
    progress.apply(TextDelta("Let me look."), 1.0)

    progress.apply(CallWriting("get\x1b_weather", 120), 1.0)
    assert progress.text(1.0) == "the model calls get␛_weather · 120 characters"

    progress.apply(changed("1", CallState.PROPOSED), 2.0)
    assert progress.text(2.0, "Tab") == "get_weather waits for you: Tab"
    progress.apply(changed("2", CallState.PROPOSED), 2.0)
    progress.apply(changed("3", CallState.PROPOSED), 2.0)
    assert progress.text(2.0, "Tab") == "3 tool calls wait for you: Tab"
    assert progress.tools.is_waiting

    progress.apply(changed("1", CallState.DONE), 3.0)
    progress.apply(changed("3", CallState.REFUSED), 3.0)
    progress.apply(changed("2", CallState.APPROVED), 3.0)
    assert progress.text(3.0) == "starting the server of get_weather"
    progress.apply(changed("2", CallState.RUNNING), 4.0)
    assert progress.text(8.2) == "tool 2 of 3 · get_weather · 4 s"
    assert progress.speed(8.2) == ""
    progress.tools.asking = "hotel\x1b"
    assert progress.text(8.2, "Tab") == "hotel␛ asks you: Tab"
    progress.tools.asking = ""

    progress.apply(CallProgress("2", 1, 4, "step\x1b one"), 8.3)
    assert progress.text(8.4) == "tool 2 of 3 · get_weather · 4 s · 25% step␛ one"


def test_the_answer_to_the_results_starts_a_new_count() -> None:
    progress = TurnProgress(0.0)
    progress.apply(TextDelta("a"), 1.0)
    progress.apply(Finished("tool_calls", Usage(1, 10)), 1.0)
    progress.apply(changed("1", CallState.RUNNING), 2.0)
    assert progress.text(5.0) == "tool · get_weather · 3 s"
    progress.apply(changed("1", CallState.DONE), 6.0)

    progress.apply(RoundStarted(2, 8), 6.0)
    progress.apply(Waiting(Phase.FIRST_TOKEN), 6.0)
    assert progress.text(9.0) == "waiting for first token 3 s"
    progress.apply(TextDelta("b"), 10.0)
    progress.apply(TextDelta("b"), 11.0)
    assert progress.text(11.0) == "answering 11 s"
    assert progress.tokens == 12
    assert progress.speed(11.0) == "2 tok/s"
