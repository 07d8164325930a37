"""One request and its answer as they went over the wire, for whoever wants to see it.

Recording costs an append per read; everything is decoded only when it is looked at. Nothing is
recorded that was not masked, except the bytes of the answer: those are masked when they are shown.
"""

from __future__ import annotations

import json
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

BYTES_LIMIT: Final = 2_000_000
ENTRIES_LIMIT: Final = 20_000


@dataclass(frozen=True, slots=True)
class WireEntry:
    """Something that came, and when."""

    offset_s: float
    """Seconds since the request began."""
    data: bytes


@dataclass
class Exchange:
    """A request and what came back. A retry is an exchange of its own."""

    method: str
    url: str
    """Without user info and query."""
    started_at: datetime
    request_headers: dict[str, str] = field(default_factory=dict)
    request_body: str = ""
    status: int | None = None
    response_headers: dict[str, str] = field(default_factory=dict)
    ended: str = ""
    """How it ended, in words; empty while it goes on."""
    entries: deque[WireEntry] = field(default_factory=deque)
    dropped: int = 0
    """How many of the oldest entries were let go to stay within the bounds."""
    _bytes: int = 0

    def record(self, offset_s: float, data: bytes) -> None:
        """Add what has just come."""
        self.entries.append(WireEntry(offset_s, data))
        self._bytes += len(data)
        while len(self.entries) > 1 and (
            self._bytes > BYTES_LIMIT or len(self.entries) > ENTRIES_LIMIT
        ):
            self._bytes -= len(self.entries.popleft().data)
            self.dropped += 1


def to_jsonl(exchange: Exchange, mask: Callable[[str], str]) -> Iterator[str]:
    """Yield an exchange as lines of JSON: the request, the answer's head, then what came.

    Args:
        exchange: What to write.
        mask: Takes secrets out of a text.
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
