"""`tui-chat ask` asks before it passes the monthly limit of a profile."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from tests.cli.asker import Asker, answers
from tests.providers.wire import END, delta, event
from tests.pty.program import PtyProgram
from tests.sse_server import Answer
from tui_chat.config.paths import find_paths

if TYPE_CHECKING:
    from tests.pty.serving import Serving

COSTLY = Answer((delta("Told."), event({"choices": [], "usage": {"cost": 0.75}}), END))


@pytest.fixture
def limited(serving: Serving) -> Serving:
    file = find_paths(os.environ).config_file
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(
        'profile = "p"\n[profiles.p]\nmodel = "m"\nmonthly_limit = 0.5\n'
        f'base_url = "{serving.base_url}"\n',
        encoding="utf-8",
    )
    return serving


@answers(COSTLY, COSTLY, COSTLY)
def test_a_script_has_to_allow_it(ask: Asker, limited: Serving) -> None:
    assert ask("ask", "--json", "one") == 0
    cost = json.loads(ask.out)["cost"]
    assert cost == {"amount": 0.75, "currency": "USD", "source": "endpoint"}

    assert ask("ask", "two") == 1
    assert "$0.75 of $0.50" in ask.err
    assert "--over-limit" in ask.err
    assert len(limited.requests) == 1
    assert ask("ask", "--over-limit", "three") == 0
    assert ask.out == "Told.\n"


@answers(COSTLY, COSTLY)
def test_a_terminal_is_asked(ask: Asker, limited: Serving) -> None:
    assert ask("ask", "one") == 0
    for typed, status in (("n\r", 1), ("y\r", 0)):
        with PtyProgram(["-m", "tui_chat", "ask", "two"]) as program:
            program.seen("[y/N]")
            program.send(typed)
            assert program.ended() == status
    assert len(limited.requests) == 2
