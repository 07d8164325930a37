from __future__ import annotations

from datetime import timedelta

import pytest

from tests.ui.bare import BareApp, message
from tests.ui.hand_timers import HandTimers
from tui_chat.core.conversation import MessageStatus, now
from tui_chat.core.stream_events import Finished, Phase, Retrying, TextDelta, Usage, Waiting
from tui_chat.core.text.token_estimate import ContextUse
from tui_chat.ui.chat import status_line
from tui_chat.ui.chat.status_line import HoldsWhile, StatusLine

BEGAN = now()


class Clock:
    at = 1000.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(status_line, "monotonic", clock)
    return clock


async def test_a_turn_is_shown_from_connecting_to_done(clock: Clock) -> None:
    line = StatusLine()
    async with BareApp(line).run_test():
        line.begin()
        assert line.left == "connecting"
        line.feed(Waiting(Phase.FIRST_TOKEN))
        assert line.left == "waiting for first token"
        clock.at += 2
        line._tick()
        assert line.left == "waiting for first token 2 s"
        line.feed(TextDelta("a"))
        assert line.left == "answering 2 s"
        for _ in range(9):
            clock.at += 0.1
            line.feed(TextDelta("b"))
        line._tick()
        assert line.right == "10 tokens · 11 tok/s"
        line.feed(Finished("stop", Usage(1000, 20)))
        clock.at += 20
        line.end(
            message(
                created_at=BEGAN,
                finished_at=BEGAN + timedelta(seconds=2.9),
                input_tokens=1000,
                output_tokens=20,
            )
        )
        assert line.left == "done · 2.9 s · 20 tokens · 22 tok/s"
        assert line.right == ""
        line.show_use(ContextUse(1020, is_estimate=False, limit=8192))
        assert line.right == "1.0k of 8k"
        assert not line.has_class("nearly-full")


async def test_a_nearly_full_context_is_shown_in_text_and_colour(clock: Clock) -> None:
    line = StatusLine()
    async with BareApp(line).run_test():
        line.show_use(ContextUse(7000, is_estimate=True, limit=8192))
        assert line.right == "context 85% full: ~7.0k of 8k"
        assert line.right_style.endswith("$text-warning")
        line.begin()
        assert line.right == "context 85% full: ~7.0k of 8k"
        line.feed(TextDelta("a"))
        line._tick()
        assert "of 8k" not in line.right
        line.stop()
        line.show_use(ContextUse(9, is_estimate=True))
        assert line.right == "~9 tokens in context"
        line.show_use(None)
        assert line.right == ""


async def test_it_ticks_only_while_a_turn_runs(clock: Clock) -> None:
    line = StatusLine()
    async with BareApp(line).run_test():
        assert not list(line._timers)
        line.begin()
        assert len(list(line._timers)) == 1
        line.begin()
        assert len(list(line._timers)) == 1
        line.stop()
        line.begin()
        line.end(message(status=MessageStatus.CANCELLED))
        assert line._ticking is None
        assert line.left == "stopped by you"


async def test_a_pause_is_posted_to_the_screen(clock: Clock) -> None:
    changes: list[bool] = []

    class App(BareApp):
        def on_status_line_pause_changed(self) -> None:
            changes.append(line.is_pausing)

    line = StatusLine()
    async with App(line).run_test() as pilot:
        line.begin()
        line.feed(Retrying(2, 5, 8.0, "rate-limited"))
        await pilot.pause()
        assert line.left == "rate-limited, retry 2/5 in 8 s (Enter now, Esc stop)"
        line.feed(Waiting(Phase.CONNECTING))
        await pilot.pause()
        assert line.left == "connecting"
        assert changes == [True, False]


async def test_an_idle_text_waits_for_the_end_of_a_turn(clock: Clock) -> None:
    line = StatusLine()
    async with BareApp(line).run_test():
        line.show_idle("ready\x1b[2J\nnow")
        assert line.left == "ready␛[2J now"
        line.begin()
        line.show_idle("later")
        assert line.left == "connecting"
        line.stop()
        assert line.left == "later"


async def test_a_failure_before_the_first_token_shows_no_speed(clock: Clock) -> None:
    line = StatusLine()
    async with BareApp(line).run_test():
        line.begin()
        line.end(message(status=MessageStatus.FAILED, error_text="No."))
        words = line.left
        assert words.startswith("failed")
        assert line.right == ""
        line.feed(TextDelta("too late"))
        assert line.left == words


async def test_a_notice_is_not_hidden_by_the_timer_of_an_earlier_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    line = StatusLine()
    async with BareApp(line).run_test() as pilot:
        timers = HandTimers(line, monkeypatch)
        line.show_idle("ready")
        assert line.show_notice("first", 6.0)
        timers.elapse()
        assert line.show_notice("second", 6.0)
        await pilot.pause()
        assert line.left == "second"
        timers.elapse()
        await pilot.pause()
        assert line.left == "ready"


async def test_a_text_for_an_empty_prompt_is_replaced_when_typing_starts() -> None:
    line = StatusLine()
    async with BareApp(line).run_test():
        line.show_idle("new", holds=HoldsWhile.PROMPT_EMPTY)
        line.note_draft_change("")
        assert line.left == "new"
        line.note_draft_change("a")
        assert (line.left, line.holds) == ("ready", HoldsWhile.IDLE)


async def test_a_text_for_an_unchanged_prompt_is_replaced_at_any_change() -> None:
    line = StatusLine()
    async with BareApp(line).run_test():
        line.show_idle("Esc again clears", holds=HoldsWhile.PROMPT_UNCHANGED)
        line.note_draft_change("")
        assert line.left == "ready"
