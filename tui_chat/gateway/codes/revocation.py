"""Whether the code of a running answer is still valid: a code that is revoked opens nothing."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from tui_chat.core.errors import StorageError

if TYPE_CHECKING:
    from tui_chat.gateway.codes.access_codes import AccessCode
    from tui_chat.gateway.codes.database import GatewayDatabase

EVERY_S: Final = 1.0
"""How often the codes are looked at while answers run; one look serves all of them."""


class RevocationWatch:
    """Looks at the codes while answers run."""

    def __init__(self, records: GatewayDatabase) -> None:
        """Prepare; nothing is looked at yet."""
        self._records = records
        self._looked_at = float("-inf")
        self._codes: dict[int, AccessCode] = {}

    async def ended(self, code: AccessCode) -> None:
        """Wait until a code is revoked or has expired."""
        while True:
            await asyncio.sleep(EVERY_S)
            self._look()
            found = self._codes.get(code.id, code)
            if not found.is_valid(datetime.now(UTC)):
                return

    def _look(self) -> None:
        moment = asyncio.get_running_loop().time()
        if moment - self._looked_at < EVERY_S:
            return
        self._looked_at = moment
        try:
            self._codes = {code.id: code for code in self._records.codes()}
        except StorageError:
            # The next request tells it; an answer that runs was allowed when it began.
            return
