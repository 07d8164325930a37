"""Virtual time: pauses and deadlines pass at once, and never because the machine is slow."""

from __future__ import annotations

from hypothesis import settings

from tests.virtual_time import VirtualTimeLoop

# A machine under load is no fault of the reader; what takes long is looked for by other tests.
settings.register_profile("providers", deadline=None)
settings.load_profile("providers")


def pytest_asyncio_loop_factories() -> dict[str, type[VirtualTimeLoop]]:
    """Run these tests under virtual time."""
    return {"virtual": VirtualTimeLoop}
