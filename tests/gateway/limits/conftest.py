from __future__ import annotations

import asyncio
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from tests.gateway.store.databases import postgres_database, stop_postgres

if TYPE_CHECKING:
    from collections.abc import Iterator


def pytest_asyncio_loop_factories() -> dict[str, type[asyncio.AbstractEventLoop]]:
    """Run these tests in real time: the threads of the database work while streams flood."""
    return {"real": asyncio.SelectorEventLoop}


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest) -> Iterator[str | None]:
    with ExitStack() as stack:
        is_file = request.param == "sqlite"
        yield None if is_file else stack.enter_context(postgres_database())


@pytest.fixture(scope="session", autouse=True)
def _server_ends() -> Iterator[None]:
    yield
    stop_postgres()
