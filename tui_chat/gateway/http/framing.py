"""Strict framing of requests: whatever two programs could read differently is refused.

A proxy in front of the gateway may end a request elsewhere than the gateway does, and pass the rest
on as a request of its own (request smuggling). h11 accepts bare line feeds and folded headers, as
RFC 9112 allows; here they are refused, as it recommends.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Final

import h11
from h11._receivebuffer import ReceiveBuffer

from tui_chat.gateway.http.errors import ErrorReply

if TYPE_CHECKING:
    from collections.abc import Sequence

_LOOSE: Final = re.compile(rb"(?<!\r)\n|\r(?!\n)|\n[ \t]")
"""A bare line feed or carriage return, or a folded header."""
_LENGTH: Final = re.compile(rb"^content-length[ \t]*:", re.IGNORECASE | re.MULTILINE)
HEAD_LIMIT: Final = 32_768
"""Longest accepted head of a request in bytes."""
_SINGLE: Final = (
    b"host", b"authorization", b"x-access-code", b"content-length", b"transfer-encoding",
    b"content-type", b"content-encoding", b"origin",
)  # fmt: skip


class StrictReceiveBuffer(ReceiveBuffer):
    """Refuses heads and trailers whose lines do not end with CRLF, or are folded."""

    def maybe_extract_lines(self) -> list[bytearray] | None:
        """Return the lines up to the first empty one.

        Raises:
            RemoteProtocolError: A line is not well-formed.
        """
        before = bytes(self._data)
        lines = super().maybe_extract_lines()
        if lines is None:
            return None
        head = before[: len(before) - len(self._data)]
        # h11 limits only heads that arrive in pieces, and merges equal lengths.
        if len(head) > HEAD_LIMIT or _LOOSE.search(head) or len(_LENGTH.findall(head)) > 1:
            raise h11.RemoteProtocolError("loose framing, or a head that is too long")
        return lines


def make_strict(connection: h11.Connection) -> None:
    """Let a new connection refuse loose framing."""
    connection._receive_buffer = StrictReceiveBuffer()


def check_headers(headers: Sequence[tuple[bytes, bytes]]) -> None:
    """Refuse headers that another program could understand differently.

    Args:
        headers: The headers, with names in lower case.

    Raises:
        ErrorReply: A header occurs twice, or the length is given in two ways.
    """
    counts = Counter(name for name, _value in headers)
    twice = [name.decode() for name in _SINGLE if counts[name] > 1]
    if twice:
        raise ErrorReply(400, "invalid_request", f"The header “{twice[0]}” occurs twice.")
    if counts[b"content-length"] and counts[b"transfer-encoding"]:
        message = "A request must not have both Content-Length and Transfer-Encoding."
        raise ErrorReply(400, "invalid_request", message)
