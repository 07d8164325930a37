from __future__ import annotations

from collections.abc import Callable

import pytest

from tui_chat.ui.tools.approval_guard import DELAY_S, ApprovalGuard, Refused


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


Steps = Callable[[ApprovalGuard, Clock], None]


def shown_now(guard: ApprovalGuard, clock: Clock) -> None:
    clock.now += DELAY_S - 0.01


def shown_for_long(guard: ApprovalGuard, clock: Clock) -> None:
    clock.now += DELAY_S


def reached_now(guard: ApprovalGuard, clock: Clock) -> None:
    clock.now += 60
    guard.enter_by_key()
    clock.now += DELAY_S - 0.01


def changed_now(guard: ApprovalGuard, clock: Clock) -> None:
    clock.now += 60
    guard.show()


def clicked_now(guard: ApprovalGuard, clock: Clock) -> None:
    # A click means what it hits, unlike a key.
    clock.now += 60
    guard.enter_by_key()
    guard.enter_by_mouse()


def typed_after_a_click(guard: ApprovalGuard, clock: Clock) -> None:
    clock.now += 60
    guard.enter_by_mouse()
    assert not guard.takes_letter(is_known=True)


def typed_a_word(guard: ApprovalGuard, clock: Clock) -> None:
    clock.now += 60
    assert not guard.takes_letter(is_known=False)
    assert not guard.takes_letter(is_known=True)


def typed_and_came_back(guard: ApprovalGuard, clock: Clock) -> None:
    typed_a_word(guard, clock)
    guard.note_arrow()
    clock.now += 60
    assert guard.takes_letter(is_known=True)


@pytest.mark.parametrize(
    ("steps", "refusal"),
    [
        (shown_now, Refused.TOO_EARLY),
        (shown_for_long, None),
        (reached_now, Refused.TOO_EARLY),
        (changed_now, Refused.TOO_EARLY),
        (clicked_now, None),
        (typed_after_a_click, Refused.TYPING),
        (typed_a_word, Refused.TYPING),
        (typed_and_came_back, None),
    ],
)
def test_a_key_counts_only_if_it_was_meant(steps: Steps, refusal: Refused | None) -> None:
    clock = Clock()
    guard = ApprovalGuard(clock)
    steps(guard, clock)
    assert guard.refusal is refusal
