"""Records one request and its response as sent and received.

Recording costs an append per read; data is decoded only when it is shown. Everything is redacted
when it is recorded, except the response data: that is redacted when it is shown.
"""

from __future__ import annotations

import json
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from tui_chat.core.cost.cost import Cost

BYTES_LIMIT: Final = 2_000_000
ENTRIES_LIMIT: Final = 20_000


@dataclass(frozen=True, slots=True)
class WireEntry:
    """A chunk of the response."""

    offset_s: float
    """Seconds since the start of the request."""
    data: bytes


@dataclass
class Exchange:
    """A request and its response. A retry is a separate exchange."""

    method: str
    url: str
    """Without user info and query."""
    started_at: datetime
    request_headers: dict[str, str] = field(default_factory=dict)
    request_body: str = ""
    status: int | None = None
    response_headers: dict[str, str] = field(default_factory=dict)
    ended: str = ""
    """A description of how it ended; empty while it is open."""
    entries: deque[WireEntry] = field(default_factory=deque)
    dropped: int = 0
    """The number of oldest entries that were dropped to stay within the limits."""
    cost: Cost | None = None
    """The cost of the reply, set when it is known."""
    _bytes: int = 0

    def record(self, offset_s: float, data: bytes) -> None:
        """Record a received chunk."""
        self.entries.append(WireEntry(offset_s, data))
        self._bytes += len(data)
        while len(self.entries) > 1 and (
            self._bytes > BYTES_LIMIT or len(self.entries) > ENTRIES_LIMIT
        ):
            self._bytes -= len(self.entries.popleft().data)
            self.dropped += 1


def to_jsonl(exchange: Exchange, mask: Callable[[str], str]) -> Iterator[str]:
    """Yield an exchange as JSON Lines: the request, the response head, then the chunks.

    Args:
        exchange: The exchange.
        mask: Redacts secrets in a text.
    """
    yield _line(
        kind="request",
        method=exchange.method,
        url=exchange.url,
        started_at=exchange.started_at.isoformat(),
        headers=exchange.request_headers,
        body=exchange.request_body,
    )
    yield _line(kind="response", status=exchange.status, headers=exchange.response_headers)
    for entry in exchange.entries:
        text = mask(entry.data.decode("utf-8", "replace"))
        yield _line(kind="data", offset_s=round(entry.offset_s, 4), text=text)
    yield _line(kind="end", words=exchange.ended, dropped=exchange.dropped)


def _line(**fields: Any) -> str:
    return json.dumps(fields, ensure_ascii=False)
