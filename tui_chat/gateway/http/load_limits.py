"""Limits on what all clients together may use of the gateway's machine."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from tui_chat.gateway.http.errors import ErrorReply

if TYPE_CHECKING:
    from collections.abc import Iterator

RUNNING_REQUESTS: Final = 1_000
"""Most requests that run at the same time, for all codes together."""
HELD_BYTES: Final = 256_000_000
"""Most bytes of request bodies in memory."""
CONNECTIONS_PER_ADDRESS: Final = 256
_RETRY_S: Final = 1.0


class LoadLimits:
    """Counts the running requests, the bytes of their bodies, and the connections."""

    def __init__(
        self,
        running: int = RUNNING_REQUESTS,
        held_bytes: int = HELD_BYTES,
        connections_per_address: int | None = CONNECTIONS_PER_ADDRESS,
    ) -> None:
        """Create the limits of one process.

        Args:
            running: Most running requests.
            held_bytes: Most bytes of bodies in memory.
            connections_per_address: None behind a proxy, where all clients have one address.
        """
        self._most_running = running
        self._most_held = held_bytes
        self._most_connections = connections_per_address
        self.running = 0
        self.held_bytes = 0
        self._connections: Counter[str] = Counter()

    @contextmanager
    def request(self) -> Iterator[BodyMemory]:
        """Count a request while it runs; yields the memory for its body.

        Raises:
            ErrorReply: Too many requests are running.
        """
        if self.running >= self._most_running:
            raise _busy("Too many requests are running.")
        memory = BodyMemory(self)
        self.running += 1
        try:
            yield memory
        finally:
            self.running -= 1
            memory.release()

    def hold(self, count: int) -> None:
        """Count bytes as held.

        Raises:
            ErrorReply: All bodies together are too long.
        """
        if self.held_bytes + count > self._most_held:
            raise _busy("Too many long requests are being read.")
        self.held_bytes += count

    def connected(self, address: str) -> bool:
        """Count a connection; return whether its address may have one more."""
        self._connections[address] += 1
        most = self._most_connections
        return most is None or self._connections[address] <= most

    def disconnected(self, address: str) -> None:
        """Count the end of a connection."""
        self._connections[address] -= 1
        if self._connections[address] <= 0:
            del self._connections[address]


class BodyMemory:
    """The bytes that the body of one request holds."""

    def __init__(self, limits: LoadLimits) -> None:
        self._limits = limits
        self._held = 0

    def hold(self, count: int) -> None:
        """Hold more bytes.

        Raises:
            ErrorReply: All bodies together are too long.
        """
        self._limits.hold(count)
        self._held += count

    def release(self) -> None:
        """Give the bytes back; the body is no longer needed."""
        self._limits.held_bytes -= self._held
        self._held = 0


def _busy(reason: str) -> ErrorReply:
    message = f"The gateway is busy. {reason} Try again."
    return ErrorReply(503, "gateway_busy", message, retry_after_s=_RETRY_S)
