"""The program is killed while it answers: nothing that was promised is lost."""

from __future__ import annotations

import os
import sys
from statistics import median

import pytest

from tests.providers.wire import delta
from tests.pty.kills import (
    PROMISED_MS,
    background_kills,
    comparison_kills,
    kills,
    last_start,
    left_running,
)
from tests.pty.serving import Serving
from tests.sse_server import Answer, Stall

KILLS = int(os.environ.get("TUI_CHAT_TEST_KILLS", "5"))


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
def test_killed_at_random_moments_of_an_answer() -> None:
    found = list(kills(KILLS, seed=KILLS))

    told = "\n".join(map(str, found))
    assert all(kill.has_question and kill.is_true and kill.integrity == "ok" for kill in found), (
        told
    )
    # One alone may be late on a machine that has no time for this one: `python -m tests.pty.kills`
    # holds each of them to the promise.
    assert median(kill.missing_ms for kill in found) <= PROMISED_MS, told
    assert max(kill.missing_ms for kill in found) <= 4 * PROMISED_MS, told
    with Serving(Answer((delta("never asked"), Stall()))) as serving:
        last_start(serving)
    assert left_running() == []


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
def test_killed_while_four_models_answer_one_question() -> None:
    found = list(comparison_kills(1, seed=KILLS))

    told = "\n".join(map(str, found))
    assert len(found) == 4
    assert all(kill.has_question and kill.is_true and kill.integrity == "ok" for kill in found), (
        told
    )
    assert median(kill.missing_ms for kill in found) <= PROMISED_MS, told


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
def test_killed_while_three_conversations_are_answered_in_the_background() -> None:
    found = list(background_kills(1, seed=KILLS))

    told = "\n".join(map(str, found))
    assert len(found) == 3
    assert all(kill.has_question and kill.is_true and kill.integrity == "ok" for kill in found), (
        told
    )
    assert median(kill.missing_ms for kill in found) <= PROMISED_MS, told
