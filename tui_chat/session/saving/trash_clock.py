"""Guards the trash against a clock that is wrong: nothing is purged because the clock jumped.

The system's clock may be years ahead for an hour. So the trash is not emptied by the clock of this
start but by that of an earlier one, at least a day ago, which is kept in a small file.
"""

from __future__ import annotations

import json
import logging
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

log = logging.getLogger(__name__)

_APART: Final = timedelta(days=1)


class TrashClock:
    """The moments of earlier starts, as the clock showed them then."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def confirmed(self, moment: datetime) -> datetime | None:
        """Keep the moment of this start; return that of one at least a day ago, if there was one.

        Moments after this one are forgotten: the clock was ahead then, and was set back. Blocks
        for a moment.

        Args:
            moment: Now, in UTC.
        """
        seen = [it for it in self._read() if it <= moment]
        earlier = [it for it in seen if moment - it >= _APART]
        if not seen or moment - seen[-1] >= _APART:
            # Of those that are old enough the latest is enough.
            self._write([*earlier[-1:], moment])
        return earlier[-1] if earlier else None

    def _read(self) -> list[datetime]:
        with suppress(OSError, ValueError, TypeError, RecursionError):
            found = [datetime.fromisoformat(it) for it in json.loads(self._file.read_bytes())]
            return sorted(it for it in found if it.tzinfo is not None)
        return []

    def _write(self, moments: list[datetime]) -> None:
        new = self._file.with_name(f"{self._file.name}.new")
        try:
            new.unlink(missing_ok=True)
            new.touch(0o600)
            new.write_text(json.dumps([it.isoformat() for it in moments]), encoding="utf-8")
            new.replace(self._file)
        except OSError as error:
            # The trash only holds more than it should.
            log.warning("the moment of this start is not kept: %s", error)
