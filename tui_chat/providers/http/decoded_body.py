"""Reads response bodies in pieces of bounded size, also if they are compressed.

httpx2 decompresses a whole read at once: 64 KB of a gzip bomb become 64 MB in one piece.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Final

import httpx2

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

PIECE_BYTES: Final = 65_536
_WINDOW_BITS: Final = {"gzip": 31, "x-gzip": 31, "deflate": 47}
"""The formats that are requested, as zlib names them; 47 detects zlib and gzip."""


async def decoded_body(response: httpx2.Response) -> AsyncGenerator[bytes, None]:
    """Yield the body of a streamed response, decompressed, in pieces of at most 64 KB.

    Raises:
        httpx2.DecodingError: The body is not compressed as its header says.
    """
    coding = response.headers.get("content-encoding", "").strip().lower()
    bits = _WINDOW_BITS.get(coding)
    if bits is None:
        async for data in response.aiter_raw():
            yield data
        return
    decoder = zlib.decompressobj(bits)
    is_first = True
    try:
        async for data in response.aiter_raw():
            if is_first and coding == "deflate" and (data[0] & 15 != 8):
                # Some servers send bare deflate data, without the header of zlib.
                decoder = zlib.decompressobj(-zlib.MAX_WBITS)
            is_first = False
            rest = data
            while rest and not decoder.eof:
                yield decoder.decompress(rest, PIECE_BYTES)
                rest = decoder.unconsumed_tail
        yield decoder.flush(PIECE_BYTES)
    except zlib.error as error:
        raise httpx2.DecodingError(str(error)) from error


async def beginning_of(response: httpx2.Response, limit: int) -> bytes:
    """Return a body, or its beginning if it is longer than a limit."""
    body = bytearray()
    async for piece in decoded_body(response):
        body += piece
        if len(body) > limit:
            break
    return bytes(body)
