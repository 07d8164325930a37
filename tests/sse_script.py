"""Scripts of a test server as data: bytes, pauses, stalls, cuts, floods."""

from __future__ import annotations

from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Iterator, Mapping


@dataclass(frozen=True, slots=True)
class Pause:
    """Send nothing for a while."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Stall:
    """Send nothing more until the client closes."""


@dataclass(frozen=True, slots=True)
class Until:
    """Send nothing until an event of the test's loop is set."""

    event: asyncio.Event


@dataclass(frozen=True, slots=True)
class Cut:
    """Break the connection off here: a reset, or politely without the end of the body."""

    resets: bool = False


@dataclass(frozen=True, slots=True)
class Drip:
    """Send some bytes in small pieces, one by one."""

    data: bytes
    size: int = 1
    every_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Repeat:
    """Send the same again and again until the client closes, or that many times."""

    data: bytes
    every_s: float = 0.0
    times: int | None = None


@dataclass(frozen=True, slots=True)
class Raw:
    """Send bytes as they are, also where the body is chunked."""

    data: bytes


Step = bytes | Pause | Stall | Until | Cut | Drip | Repeat | Raw


@dataclass(frozen=True)
class Answer:
    """The script for one request."""

    steps: tuple[Step, ...] = ()
    status: int = 200
    content_type: str = "text/event-stream"
    headers: Mapping[str, str] = field(default_factory=dict)
    framing: str = "chunked"
    """chunked; length (of the bytes in all steps); close (the end of the connection ends the
    body); none (not even a head is sent)."""

    def head(self) -> bytes:
        """Return status line and headers."""
        try:
            phrase = HTTPStatus(self.status).phrase
        except ValueError:
            phrase = "Odd"
        lines = [f"HTTP/1.1 {self.status} {phrase}"]
        if self.content_type:
            lines.append(f"Content-Type: {self.content_type}")
        if self.framing == "chunked":
            lines.append("Transfer-Encoding: chunked")
        elif self.framing == "length":
            length = sum(len(step) for step in self.steps if isinstance(step, bytes))
            lines.append(f"Content-Length: {length}")
        else:
            lines.append("Connection: close")
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        return "\r\n".join((*lines, "", "")).encode("latin-1")


def actions(step: Step) -> Iterator[bytes | Raw | Cut | Until | float | None]:
    """Yield what to send, or for how long to wait (None: until the client closes)."""
    match step:
        case Pause(seconds):
            yield seconds
        case Stall():
            yield None
        case Drip(data, size, every_s):
            for start in range(0, len(data), size):
                yield data[start : start + size]
                if every_s:
                    yield every_s
        case Repeat(data, every_s, times):
            done = 0
            while times is None or done < times:
                yield data
                if every_s:
                    yield every_s
                done += 1
        case bytes() | Raw() | Cut() | Until():
            yield step
