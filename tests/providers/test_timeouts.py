from __future__ import annotations

import asyncio
import time

import pytest

from tui_chat.core.errors import CutOff, NoAnswer
from tui_chat.core.profile import Profile, Timeouts
from tui_chat.providers import timeouts as clocks_module
from tui_chat.providers.timeouts import Clocks

_PROFILE = Profile(
    "test", "http://127.0.0.1:9/v1", timeouts=Timeouts(connect_s=1, first_token_s=0.02, idle_s=0.05)
)


def _left(clocks: Clocks) -> float:
    return clocks.deadline - asyncio.get_running_loop().time()


async def test_before_content_the_first_clock_runs() -> None:
    clocks = Clocks(_PROFILE)
    with pytest.raises(TimeoutError):
        async with clocks.limit():
            await asyncio.sleep(5)
    failure = clocks.ran_out()
    assert isinstance(failure, NoAnswer)
    assert "0.02 s" in failure.words
    assert "first_token" in failure.words


async def test_content_starts_the_idle_clock_and_nothing_else_feeds_it() -> None:
    clocks = Clocks(_PROFILE)
    clocks.read(has_content=True, is_finished=False)
    deadline = clocks.deadline
    await asyncio.sleep(0.01)
    clocks.read(has_content=False, is_finished=False)
    assert clocks.deadline == deadline
    failure = clocks.ran_out()
    assert isinstance(failure, CutOff)
    assert "silent for 0.05 s" in failure.words


async def test_what_may_follow_the_end_is_waited_for_only_briefly(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(clocks_module, "USAGE_GRACE_S", 0.01)
    clocks = Clocks(_PROFILE)
    clocks.read(has_content=True, is_finished=True)
    assert _left(clocks) <= 0.01
    deadline = clocks.deadline
    await asyncio.sleep(0.005)
    clocks.read(has_content=False, is_finished=True)
    assert clocks.deadline == deadline


async def test_the_connection_has_words_of_its_own() -> None:
    assert "did not accept a connection within 1 s" in Clocks(_PROFILE).not_connected().words


async def test_the_time_in_which_the_program_was_stopped_does_not_count() -> None:
    clocks = Clocks(_PROFILE)
    loop = asyncio.get_running_loop()
    came = asyncio.Event()
    loop.call_soon(time.sleep, 0.6)
    loop.call_later(0.3, came.set)
    async with clocks.limit():
        await came.wait()


async def test_a_wait_that_ends_in_time_leaves_no_alarm() -> None:
    clocks = Clocks(_PROFILE)
    async with clocks.limit():
        pass
    await asyncio.sleep(0.04)
    assert clocks.is_over
