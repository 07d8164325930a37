"""The clock of the tests of a session does not depend on the machine."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tests.virtual_time import VirtualTimeLoop

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

_VIRTUAL = ("test_session", "test_checkpoints")


def pytest_asyncio_loop_factories(
    item: pytest.Item,
) -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Run the tests that wait for checkpoints under virtual time."""
    if item.path.stem in _VIRTUAL:
        return {"virtual": VirtualTimeLoop}
    return {"real": asyncio.new_event_loop}
