from __future__ import annotations

import asyncio

import pytest

from tests.virtual_time import virtual_loop
from tui_chat.core.errors import CutOff, NoAnswer
from tui_chat.core.profile import Profile, Timeouts
from tui_chat.providers.timeouts import USAGE_GRACE_S, ReplyTimeouts

_PROFILE = Profile(
    "test", "http://127.0.0.1:9/v1", timeouts=Timeouts(connect_s=1, first_token_s=20, idle_s=50)
)


def _left(clocks: ReplyTimeouts) -> float:
    return clocks.deadline - asyncio.get_running_loop().time()


async def test_the_first_token_timeout_applies_before_content() -> None:
    clocks = ReplyTimeouts(_PROFILE)
    began = virtual_loop().time()
    with pytest.raises(TimeoutError):
        async with clocks.limit():
            await asyncio.Event().wait()
    assert virtual_loop().time() - began == pytest.approx(20, abs=0.1)
    failure = clocks.expired()
    assert isinstance(failure, NoAnswer)
    assert "20 s" in failure.message
    assert "first_token" in failure.message


async def test_only_content_restarts_the_idle_timeout() -> None:
    clocks = ReplyTimeouts(_PROFILE)
    clocks.read(has_content=True, is_finished=False)
    assert _left(clocks) == 50
    virtual_loop().advance(10)
    clocks.read(has_content=False, is_finished=False)
    assert _left(clocks) == pytest.approx(40)
    failure = clocks.expired()
    assert isinstance(failure, CutOff)
    assert "sent nothing for 50 s" in failure.message


async def test_the_wait_after_a_finish_reason_is_short() -> None:
    clocks = ReplyTimeouts(_PROFILE)
    clocks.read(has_content=True, is_finished=True)
    assert _left(clocks) == pytest.approx(USAGE_GRACE_S)
    virtual_loop().advance(1)
    clocks.read(has_content=False, is_finished=True)
    assert _left(clocks) == pytest.approx(USAGE_GRACE_S - 1)


async def test_a_connect_timeout_has_its_own_message() -> None:
    assert (
        "did not accept a connection within 1 s"
        in ReplyTimeouts(_PROFILE).connect_expired().message
    )


async def test_time_while_the_process_is_suspended_does_not_count() -> None:
    clocks = ReplyTimeouts(_PROFILE)
    loop = virtual_loop()
    came = asyncio.Event()
    loop.call_soon(loop.advance, 20.6)
    loop.call_later(20.9, came.set)
    async with clocks.limit():
        await came.wait()
    loop.call_soon(loop.advance, 20.4)
    with pytest.raises(TimeoutError):
        async with ReplyTimeouts(_PROFILE).limit():
            await asyncio.sleep(20.5)


async def test_a_wait_that_ends_in_time_leaves_no_timer() -> None:
    clocks = ReplyTimeouts(_PROFILE)
    async with clocks.limit():
        pass
    await asyncio.sleep(21)
    assert clocks.is_over
