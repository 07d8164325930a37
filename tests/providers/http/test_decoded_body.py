"""Compressed bodies are read in pieces of bounded size."""

from __future__ import annotations

import gzip
import zlib
from typing import TYPE_CHECKING

import httpx2
import pytest

from tui_chat.providers.http.decoded_body import PIECE_BYTES, beginning_of, decoded_body

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

BOMB = gzip.compress(b"0" * 100_000_000)
TEXT = "你好 world ".encode() * 50_000


def response(body: bytes, coding: str, step: int = 10_000) -> httpx2.Response:
    async def pieces() -> AsyncIterator[bytes]:
        for at in range(0, len(body), step):
            yield body[at : at + step]

    return httpx2.Response(200, headers={"content-encoding": coding}, content=pieces())


def bare_deflate(data: bytes) -> bytes:
    compressor = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return compressor.compress(data) + compressor.flush()


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("", TEXT),
        ("identity", TEXT),
        ("gzip", gzip.compress(TEXT)),
        ("x-gzip", gzip.compress(TEXT)),
        ("GZIP", gzip.compress(TEXT)),
        ("deflate", zlib.compress(TEXT)),
        ("deflate", bare_deflate(TEXT)),
    ],
)
@pytest.mark.parametrize("step", [7, 10_000])
async def test_bodies_are_decoded(coding: str, body: bytes, step: int) -> None:
    pieces = [piece async for piece in decoded_body(response(body, coding, step))]
    assert b"".join(pieces) == TEXT


async def test_a_bomb_is_read_in_small_pieces() -> None:
    longest = 0
    async for piece in decoded_body(response(BOMB, "gzip")):
        longest = max(longest, len(piece))
    assert longest <= PIECE_BYTES
    assert len(await beginning_of(response(BOMB, "gzip"), 1_000_000)) < 1_100_000


async def test_a_wrong_coding_is_an_error() -> None:
    with pytest.raises(httpx2.DecodingError):
        await beginning_of(response(b"plain", "gzip"), 100)
