"""Watches the code of a running request, which ends when its code is revoked or expires."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from tui_chat.core.errors import StorageError

if TYPE_CHECKING:
    from tui_chat.gateway.codes.access_codes import AccessCode
    from tui_chat.gateway.codes.database import GatewayDatabase

CHECK_INTERVAL_S: Final = 1.0
"""Interval at which the codes are read again while requests run; all requests share one read."""


class RevocationWatch:
    """Reads the codes regularly while requests run."""

    def __init__(self, database: GatewayDatabase) -> None:
        self._database = database
        self._read_at = float("-inf")
        self._codes: dict[int, AccessCode] = {}

    async def wait_invalid(self, code: AccessCode) -> None:
        """Wait until a code is revoked or has expired."""
        while True:
            await asyncio.sleep(CHECK_INTERVAL_S)
            self._refresh()
            found = self._codes.get(code.id, code)
            if not found.is_valid(datetime.now(UTC)):
                return

    def _refresh(self) -> None:
        now = asyncio.get_running_loop().time()
        if now - self._read_at < CHECK_INTERVAL_S:
            return
        self._read_at = now
        try:
            self._codes = {code.id: code for code in self._database.codes()}
        except StorageError:
            # The next request reports it; running requests were allowed when they started.
            return
