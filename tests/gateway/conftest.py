from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any, Protocol

import pytest

from tests.gateway.running import Gateway
from tests.sse_server import SseServer
from tests.virtual_time import VirtualTimeLoop

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.sse_server import Answer


class Opener(Protocol):
    """Opens an endpoint with some responses, and a gateway for it."""

    async def __call__(self, *answers: Answer, **options: Any) -> tuple[Gateway, SseServer]: ...


@pytest.fixture
async def opened(tmp_path: Path) -> AsyncIterator[Opener]:
    async with AsyncExitStack() as stack:

        async def open_both(*answers: Answer, **options: Any) -> tuple[Gateway, SseServer]:
            models = options.pop("models", None)
            server = await stack.enter_async_context(SseServer(*answers, models=models))
            gateway = await stack.enter_async_context(Gateway(server, tmp_path, **options))
            return gateway, server

        yield open_both


def pytest_asyncio_loop_factories() -> dict[str, type[VirtualTimeLoop]]:
    """Run these tests under virtual time."""
    return {"virtual": VirtualTimeLoop}
