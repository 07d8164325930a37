from __future__ import annotations

from tui_chat.core.stream_events import (
    Finished,
    Phase,
    ReasoningDelta,
    Retrying,
    TextDelta,
    Usage,
    Waiting,
)
from tui_chat.ui.chat.turn_progress import TurnProgress


def test_waiting_shows_the_phase_and_its_seconds() -> None:
    progress = TurnProgress(100.0)
    assert progress.text(100.0) == "connecting"

    progress.apply(Waiting(Phase.FIRST_TOKEN), 100.2)

    assert progress.text(112.3) == "waiting for first token 12 s"


def test_the_seconds_count_from_the_phase_not_from_its_repetition() -> None:
    progress = TurnProgress(0.0)
    progress.apply(Waiting(Phase.FIRST_TOKEN), 1.0)
    progress.apply(Waiting(Phase.FIRST_TOKEN), 5.0)

    assert progress.text(11.0) == "waiting for first token 10 s"


def test_a_pause_counts_down() -> None:
    progress = TurnProgress(0.0)
    progress.apply(Retrying(2, 5, 8.0, "rate-limited"), 1.0)

    assert progress.text(1.0) == "rate-limited, retry 2/5 in 8 s (Enter now, Esc stop)"
    assert progress.text(6.0) == "rate-limited, retry 2/5 in 3 s (Enter now, Esc stop)"
    assert progress.is_pausing


def test_a_countdown_shows_the_server_message() -> None:
    progress = TurnProgress(0.0)
    said = "engine\x1b]0;x\x07 busy\nsecond line \u202e" + "x" * 500
    progress.apply(Retrying(2, 5, 8.0, "server error 503", said), 1.0)

    words = progress.text(1.0)

    assert words.startswith(
        "server error 503, retry 2/5 in 8 s (Enter now, Esc stop) · “engine␛]0;x"
    )
    assert not {"\x1b", "\x07", "\n", "\u202e"} & set(words)
    assert len(words) < 200


def test_a_pause_ends_with_the_next_try() -> None:
    progress = TurnProgress(0.0)
    progress.apply(Retrying(2, 5, 8.0, "rate-limited"), 1.0)

    progress.apply(Waiting(Phase.CONNECTING), 9.0)

    assert progress.text(9.5) == "connecting"
    assert not progress.is_pausing


def test_silence_is_shown() -> None:
    progress = TurnProgress(0.0)
    progress.apply(TextDelta("a"), 1.0)

    assert progress.text(2.0) == "answering 2 s"
    assert progress.text(21.5) == "silent for 20 s"


def test_reasoning_is_shown_as_thinking() -> None:
    progress = TurnProgress(0.0)
    progress.apply(ReasoningDelta("hm"), 1.0)

    assert progress.text(1.5) == "thinking 1 s"


def test_speed_uses_the_endpoints_own_count_when_it_comes() -> None:
    progress = TurnProgress(0.0)
    for index in range(11):
        progress.apply(TextDelta("abcd"), 1.0 + index / 10)
    assert progress.tokens == 11
    assert progress.speed(2.0) == "11 tok/s"

    progress.apply(Finished("stop", Usage(3, 40)), 2.5)

    assert progress.tokens == 40
    assert progress.speed(9.0) == "40 tok/s"


def test_no_speed_before_there_is_one() -> None:
    progress = TurnProgress(0.0)
    assert progress.speed(5.0) == ""
    progress.apply(TextDelta("a"), 5.0)
    assert progress.speed(5.1) == ""
