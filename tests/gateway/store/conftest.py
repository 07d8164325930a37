from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from tests.gateway.store.databases import postgres_database, stop_postgres
from tui_chat.gateway.store.records import Records, open_records

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture(scope="session", autouse=True)
def _server_ends() -> Iterator[None]:
    yield
    stop_postgres()


@pytest.fixture(params=["sqlite", "postgres"])
def opened_records(
    request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[Callable[[], Records]]:
    """Open the same records any number of times, as the processes of a gateway do."""
    with ExitStack() as stack:
        address = None
        if request.param == "postgres":
            address = stack.enter_context(postgres_database())

        def open_again() -> Records:
            records = open_records(tmp_path, address)
            stack.callback(records.close)
            return records

        yield open_again
