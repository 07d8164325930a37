"""Reads the frames of a SQLite write-ahead log: https://www.sqlite.org/fileformat2.html#walformat.

SQLite reads a log up to the first frame whose checksum is wrong, and drops the rest without a word.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO

HEADER_BYTES: Final = 32
_FRAME_HEADER_BYTES: Final = 24
_LITTLE, _BIG = 0x377F0682, 0x377F0683


class Standing(IntEnum):
    """The trust in a page, best first."""

    LIVE = 0
    """SQLite itself would read it."""
    UNCONFIRMED = 1
    """In the log, behind the place where that is damaged."""
    OLD = 2
    """A later version of the page has taken its place."""
    FREE = 3
    """Nothing refers to it any more."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A page in the log."""

    page: int
    at: int
    """Where its bytes begin."""
    standing: Standing
    """LIVE when SQLite itself would take it."""


def stated_page_bytes(file: BinaryIO) -> int:
    """Return the size of a page according to a log; 0 when its header is damaged."""
    head = read_at(file, 0, HEADER_BYTES)
    if len(head) < HEADER_BYTES:
        return 0
    magic, _, size = struct.unpack_from(">III", head)
    return int(size) if magic in (_LITTLE, _BIG) else 0


def frames(file: BinaryIO, page_bytes: int, page_count: int) -> Iterator[Frame]:
    """Yield the frames of a log in their order, those behind damage too.

    Args:
        file: The log.
        page_bytes: The size of a page.
        page_count: How many pages the database can have; other numbers are nonsense.
    """
    head = read_at(file, 0, HEADER_BYTES)
    order, sums = _header_sums(head)
    salt = head[16:24] if order else b""
    is_sound = bool(order)
    waiting: list[Frame] = []
    for at, frame in _headers(file, page_bytes, 0):
        number, commits = struct.unpack_from(">II", frame)
        salt = salt or frame[8:16]
        is_ours = frame[8:16] == salt
        if is_sound:
            data = read_at(file, at, page_bytes)
            sums = _checksum(data, _checksum(frame[:8], sums, order), order)
            is_sound = is_ours and sums == struct.unpack_from(">II", frame, 16)
        if not 0 < number <= page_count:
            continue
        # What was never committed is not confirmed, and neither is all behind damage.
        standing = Standing.UNCONFIRMED if is_ours else Standing.OLD
        waiting.append(Frame(number, at, standing))
        if commits and is_sound:
            yield from (replace(it, standing=Standing.LIVE) for it in waiting)
            waiting = []
    yield from waiting


def unread_commit(log: Path, page_bytes: int, page_count: int, read: int) -> tuple[int, bytes]:
    """Return the first transaction behind the place where SQLite stopped to read a log.

    Args:
        log: The log; the database itself is not opened here, closing it would drop SQLite's locks.
        page_bytes: The size of a page.
        page_count: How many pages the database has.
        read: How many frames SQLite has read.

    Returns:
        The number of its last frame, and the mark of the log's present round; (0, b"") when there
        is none.
    """
    try:
        file = log.open("rb")
    except FileNotFoundError:
        return 0, b""
    with file:
        head = read_at(file, 0, HEADER_BYTES)
        salt = head[16:24] if _header_sums(head)[0] else b""
        # Each frame adds a page at most; other numbers are noise, not a transaction.
        most = page_count + log.stat().st_size // page_bytes
        for index, (_, frame) in enumerate(_headers(file, page_bytes, read), read + 1):
            number, commits = struct.unpack_from(">II", frame)
            salt = salt or frame[8:16]
            if frame[8:16] == salt and 0 < number <= commits <= most:
                return index, salt
    return 0, b""


def read_at(file: BinaryIO | None, at: int, length: int) -> bytes:
    """Return bytes of a file; nothing where it ends, is missing, or the disk fails."""
    if file is None:
        return b""
    try:
        file.seek(at)
        return file.read(length)
    except OSError:
        # A bad block of the disk: the page is lost, the others are not.
        return b""


def _headers(file: BinaryIO, page_bytes: int, first: int) -> Iterator[tuple[int, bytes]]:
    """Yield where each frame's page begins, and the header before it."""
    at = HEADER_BYTES + first * (_FRAME_HEADER_BYTES + page_bytes)
    while len(frame := read_at(file, at, _FRAME_HEADER_BYTES)) == _FRAME_HEADER_BYTES:
        yield at + _FRAME_HEADER_BYTES, frame
        at += _FRAME_HEADER_BYTES + page_bytes


def _header_sums(head: bytes) -> tuple[str, tuple[int, int]]:
    """Return the byte order and the checksum of a log's header; no order when it is damaged."""
    if len(head) < HEADER_BYTES:
        return "", (0, 0)
    (magic,) = struct.unpack_from(">I", head)
    order = {_LITTLE: "<", _BIG: ">"}.get(magic, "")
    sums = _checksum(head[:24], (0, 0), order) if order else (0, 0)
    return (order, sums) if order and sums == struct.unpack_from(">II", head, 24) else ("", sums)


def _checksum(data: bytes, start: tuple[int, int], order: str) -> tuple[int, int]:
    """Return the checksum of a frame, continued from the one before it."""
    first, second = start
    if len(data) % 8:
        return -1, -1
    for one, other in struct.iter_unpack(f"{order}II", data):
        first = first + one + second & 0xFFFFFFFF
        second = second + other + first & 0xFFFFFFFF
    return first, second
