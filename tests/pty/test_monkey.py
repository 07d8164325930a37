"""Random keys, pastes, mouse events, resizes and broken sequences against the real program."""

from __future__ import annotations

import os
import time

import pytest

from tests.pty.monkey import play

ACTIONS = int(os.environ.get("TUI_CHAT_TEST_MONKEY_ACTIONS", "1500"))
SEEDS = (2, 16, 21)


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(time, "pthread_getcpuclockid"), reason="clock of a thread")
@pytest.mark.parametrize("seed", SEEDS)
def test_a_monkey_does_not_break_it(seed: int) -> None:
    played = play(seed, ACTIONS)
    assert played.faults == [], str(played)
    assert played.actions == ACTIONS
