"""Stopping a reply at any stage soon closes the connection; tests/bench measures the times."""

from __future__ import annotations

import pytest

from tests.providers.stops import STANDINGS, Stopper

_GENEROUS_S = 0.5


@pytest.mark.parametrize("name", STANDINGS)
async def test_stopping_closes_the_connection_and_frees_the_prompt(name: str) -> None:
    standing = STANDINGS[name]
    async with Stopper(standing) as stopper:
        for count in range(1, 4):
            stopped = await stopper.stop_one(count)
            assert stopped.freed_s < _GENEROUS_S
            assert (stopped.seen_s is not None) == standing.is_open
            assert (stopped.seen_s or 0) < _GENEROUS_S
