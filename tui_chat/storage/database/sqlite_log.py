"""Reads the frames of a SQLite write-ahead log: https://www.sqlite.org/fileformat2.html#walformat.

SQLite reads a log up to the first wrong checksum and silently drops the rest; this module does not.
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


class PageState(IntEnum):
    """The validity of a page version, most trusted first."""

    LIVE = 0
    """Current: SQLite would read it."""
    UNCONFIRMED = 1
    """In the log, behind damage or not committed."""
    OLD = 2
    """Replaced by a later version."""
    FREE = 3
    """On the free list."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A page version in the log."""

    page: int
    at: int
    """The position of its content in the log."""
    state: PageState


def stated_page_bytes(file: BinaryIO) -> int:
    """Return the page size in the header of a log; 0 if the header is damaged."""
    head = read_at(file, 0, HEADER_BYTES)
    if len(head) < HEADER_BYTES:
        return 0
    magic, _, size = struct.unpack_from(">III", head)
    return int(size) if magic in (_LITTLE, _BIG) else 0


def frames(file: BinaryIO, page_bytes: int, page_count: int) -> Iterator[Frame]:
    """Yield the frames of a log in order, including those behind damage.

    Args:
        file: The log.
        page_bytes: The page size.
        page_count: The highest possible page number.
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
        # Frames without a commit, or behind damage, are not confirmed.
        state = PageState.UNCONFIRMED if is_ours else PageState.OLD
        waiting.append(Frame(number, at, state))
        if commits and is_sound:
            yield from (replace(it, state=PageState.LIVE) for it in waiting)
            waiting = []
    yield from waiting


def unread_commit(log: Path, page_bytes: int, page_count: int, read: int) -> tuple[int, bytes]:
    """Return the first transaction behind the frame where SQLite stopped reading a log.

    Args:
        log: The log; opening and closing the database itself would drop SQLite's locks.
        page_bytes: The page size.
        page_count: The number of pages of the database.
        read: The number of frames that SQLite has read.

    Returns:
        The number of its last frame, and the salt of the log; (0, b"") if there is none.
    """
    try:
        file = log.open("rb")
    except FileNotFoundError:
        return 0, b""
    with file:
        head = read_at(file, 0, HEADER_BYTES)
        salt = head[16:24] if _header_sums(head)[0] else b""
        # Each frame adds one page at most; larger numbers are noise.
        most = page_count + log.stat().st_size // page_bytes
        for index, (_, frame) in enumerate(_headers(file, page_bytes, read), read + 1):
            number, commits = struct.unpack_from(">II", frame)
            salt = salt or frame[8:16]
            if frame[8:16] == salt and 0 < number <= commits <= most:
                return index, salt
    return 0, b""


def read_at(file: BinaryIO | None, at: int, length: int) -> bytes:
    """Return bytes of a file; b"" beyond its end, or if it is missing or cannot be read."""
    if file is None:
        return b""
    try:
        file.seek(at)
        return file.read(length)
    except OSError:
        # A bad block: only this page is lost.
        return b""


def _headers(file: BinaryIO, page_bytes: int, first: int) -> Iterator[tuple[int, bytes]]:
    """Yield the position of each frame's page, and the frame header."""
    at = HEADER_BYTES + first * (_FRAME_HEADER_BYTES + page_bytes)
    while len(frame := read_at(file, at, _FRAME_HEADER_BYTES)) == _FRAME_HEADER_BYTES:
        yield at + _FRAME_HEADER_BYTES, frame
        at += _FRAME_HEADER_BYTES + page_bytes


def _header_sums(head: bytes) -> tuple[str, tuple[int, int]]:
    """Return byte order and checksum of a log's header; an empty order if it is damaged."""
    if len(head) < HEADER_BYTES:
        return "", (0, 0)
    (magic,) = struct.unpack_from(">I", head)
    order = {_LITTLE: "<", _BIG: ">"}.get(magic, "")
    sums = _checksum(head[:24], (0, 0), order) if order else (0, 0)
    return (order, sums) if order and sums == struct.unpack_from(">II", head, 24) else ("", sums)


def _checksum(data: bytes, start: tuple[int, int], order: str) -> tuple[int, int]:
    """Return the checksum of a frame, chained to that of the previous one."""
    first, second = start
    if len(data) % 8:
        return -1, -1
    for one, other in struct.iter_unpack(f"{order}II", data):
        first = first + one + second & 0xFFFFFFFF
        second = second + other + first & 0xFFFFFFFF
    return first, second
