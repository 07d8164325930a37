"""Writes the ledger beside the loop: a commit waits for the disk, and no stream may."""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Self

from tui_chat.core.errors import StorageError
from tui_chat.gateway.codes.database import GatewayDatabase

if TYPE_CHECKING:
    from pathlib import Path

    from tui_chat.gateway.codes.database import Entry

log = logging.getLogger(__name__)


class Ledger:
    """One thread that writes. What was asked to be written is written before it closes."""

    def __init__(self, records: GatewayDatabase, thread: ThreadPoolExecutor) -> None:
        self._records = records
        self._thread = thread

    @classmethod
    async def open(cls, path: Path) -> Self:
        """Open the file.

        Raises:
            StorageError: It cannot be used.
        """
        thread = ThreadPoolExecutor(1, "ledger")
        try:
            records = await asyncio.get_running_loop().run_in_executor(
                thread, GatewayDatabase.open, path
            )
        except BaseException:
            thread.shutdown(wait=False)
            raise
        return cls(records, thread)

    def note(self, entry: Entry) -> asyncio.Future[None]:
        """Write a request down, even if nobody waits for it; a failure is only logged."""
        return asyncio.get_running_loop().run_in_executor(self._thread, self._note, entry)

    async def aclose(self) -> None:
        """Write what is left, and close the file."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._records.close)
        self._thread.shutdown()

    def _note(self, entry: Entry) -> None:
        try:
            self._records.note(entry)
        except StorageError as error:
            log.error("a request is missing in the ledger: %s", error.message)
