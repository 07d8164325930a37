"""Opens the gateway's records, and runs their transactions in threads.

A commit waits for a disk or a network, so the event loop never runs one itself.
"""

from __future__ import annotations

import asyncio
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Final, TypeVar
from uuid import uuid4

from tui_chat.core.errors import ConfigError, StorageError
from tui_chat.core.labels import _
from tui_chat.core.profile import Secret
from tui_chat.gateway.store.code_table import CodeTable
from tui_chat.gateway.store.ledger_table import LedgerTable
from tui_chat.gateway.store.reservations import Reservations
from tui_chat.gateway.store.transactions import SqliteTransactions

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable
    from pathlib import Path

    from tui_chat.gateway.codes.access_codes import AccessCode
    from tui_chat.gateway.store.transactions import Transactions

T = TypeVar("T")

FILE_NAME: Final = "gateway.db"
_ANSWER_S: Final = 4.0
"""Time that a request waits for the database, including the transactions queued before its own."""
_SWITCH_S: Final = 0.0005
_SCHEMES: Final = ("postgresql://", "postgres://")


class Records:
    """The open database.

    Attributes:
        transactions: Runs statements.
        codes: The access codes.
        reservations: The running requests of this process.
        ledger: The requests that have ended.
        address: The address of a PostgreSQL server; None for a file.
    """

    def __init__(self, transactions: Transactions, address: Secret | None = None) -> None:
        self.transactions = transactions
        self.address = address
        self.codes = CodeTable(transactions)
        self.reservations = Reservations(transactions, uuid4().hex)
        self.ledger = LedgerTable(transactions)
        self._threads = ThreadPoolExecutor(transactions.connections, "records")
        # A transaction holds a lock over several round trips. After each, its thread would wait
        # 5 ms for an event loop that relays floods.
        sys.setswitchinterval(_SWITCH_S)

    async def run(self, action: Callable[[], T]) -> T:
        """Run a transaction in a thread.

        Raises:
            StorageError: The database cannot be used, or does not respond in time.
        """
        future = asyncio.get_running_loop().run_in_executor(self._threads, action)
        try:
            return await asyncio.wait_for(future, _ANSWER_S)
        except TimeoutError as error:
            raise StorageError(
                _("The database of the gateway does not respond within {seconds:g} s.").format(
                    seconds=_ANSWER_S
                ),
                _("Check the disk or the server that holds it."),
            ) from error

    async def all_codes(self) -> list[AccessCode]:
        """Return all codes.

        Raises:
            StorageError: The database cannot be read.
        """
        return await self.run(self.codes.all)

    @property
    def code_changes(self) -> Callable[[], AsyncGenerator[None, None]] | None:
        """A source of notifications about changed codes; None if the database has none."""
        if self.address is None:
            return None
        from tui_chat.gateway.store.postgres import code_changes

        return partial(code_changes, self.address)

    def close(self) -> None:
        """Finish the started transactions and close the database."""
        self._threads.shutdown()
        self.transactions.close()


def open_records(folder: Path, database: str | None = None) -> Records:
    """Open the records.

    Args:
        folder: Holds the SQLite file, unless a database is named.
        database: URI of a PostgreSQL database.

    Raises:
        ConfigError: The database is not a PostgreSQL URI, or a package is missing.
        StorageError: The database is unusable.
    """
    if database is None:
        return Records(SqliteTransactions.open(folder / FILE_NAME))
    if not database.lower().startswith(_SCHEMES):
        raise ConfigError(
            _("--database needs a PostgreSQL address."),
            _("For example: postgresql://user@host/name; without it a SQLite file is used."),
        )
    try:
        from tui_chat.gateway.store.postgres import PostgresTransactions
    except ImportError as error:
        raise ConfigError(
            _("PostgreSQL needs a package that is not installed (psycopg)."),
            _('Run: pip install ".[postgres]"'),
        ) from error
    address = Secret(database)
    return Records(PostgresTransactions.open(address), address)
