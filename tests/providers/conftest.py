"""Virtual time: pauses and deadlines pass at once, independent of the machine's speed."""

from __future__ import annotations

from hypothesis import settings

from tests.virtual_time import VirtualTimeLoop

# The machine may be under load; other tests check the speed.
settings.register_profile("providers", deadline=None)
settings.load_profile("providers")


def pytest_asyncio_loop_factories() -> dict[str, type[VirtualTimeLoop]]:
    """Run these tests under virtual time."""
    return {"virtual": VirtualTimeLoop}
