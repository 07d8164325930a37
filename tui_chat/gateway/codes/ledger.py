"""Writes the ledger in a thread, because a commit waits for the disk and would delay streams."""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Self

from tui_chat.core.errors import StorageError
from tui_chat.gateway.codes.database import GatewayDatabase

if TYPE_CHECKING:
    from pathlib import Path

    from tui_chat.gateway.codes.database import LedgerEntry

log = logging.getLogger(__name__)


class Ledger:
    """Writes entries in one thread; pending ones are written before it closes."""

    def __init__(self, database: GatewayDatabase, thread: ThreadPoolExecutor) -> None:
        self._database = database
        self._thread = thread

    @classmethod
    async def open(cls, path: Path) -> Self:
        """Open the file.

        Raises:
            StorageError: The file is unusable.
        """
        thread = ThreadPoolExecutor(1, "ledger")
        try:
            database = await asyncio.get_running_loop().run_in_executor(
                thread, GatewayDatabase.open, path
            )
        except BaseException:
            thread.shutdown(wait=False)
            raise
        return cls(database, thread)

    def record(self, entry: LedgerEntry) -> asyncio.Future[None]:
        """Write an entry, even if the future is not awaited; a failure is only logged."""
        return asyncio.get_running_loop().run_in_executor(self._thread, self._record, entry)

    async def aclose(self) -> None:
        """Write the pending entries and close the file."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._database.close)
        self._thread.shutdown()

    def _record(self, entry: LedgerEntry) -> None:
        try:
            self._database.record(entry)
        except StorageError as error:
            log.error("a request was not written to the ledger: %s", error.message)
