"""The program is killed while it answers: nothing that was promised is lost."""

from __future__ import annotations

import os
import sys

import pytest

from tests.providers.wire import delta
from tests.pty.kills import kills, last_start, left_running
from tests.pty.serving import Serving
from tests.sse_server import Answer, Stall

KILLS = int(os.environ.get("TUI_CHAT_TEST_KILLS", "5"))


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
def test_killed_at_random_moments_of_an_answer() -> None:
    lost = [str(kill) for kill in kills(KILLS, seed=KILLS) if kill.is_lost]

    assert lost == []
    with Serving(Answer((delta("never asked"), Stall()))) as serving:
        last_start(serving)
    assert left_running() == []
