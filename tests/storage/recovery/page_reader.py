"""An independent, much simpler reader of SQLite pages, as a reference for the recovery.

It shares no code with the program. It takes leaf pages of tables as they lie in the file and in the
confirmed part of the log, follows overflow chains, and keeps the whole records of 21 or 22 values.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PAGE = 4096
ID, CONTENT = 1, 18


def messages_by_pages(path: Path) -> dict[str, str]:
    """Return the text of each readable message by its ID."""
    pages = _pages(path)
    found: dict[str, str] = {}
    for data in pages.values():
        if len(data) == PAGE and data[0] == 13:
            for values in _rows(data, pages):
                row_id, content = values[ID], values[CONTENT]
                if len(values) in (21, 22) and isinstance(row_id, str) and len(row_id) == 32:
                    found.setdefault(row_id, str(content))
    return found


def _pages(path: Path) -> dict[int, bytes]:
    data = path.read_bytes() if path.exists() else b""
    pages = {at // PAGE + 1: data[at : at + PAGE] for at in range(0, len(data), PAGE)}
    log_path = path.with_name(f"{path.name}-wal")
    log = log_path.read_bytes() if log_path.exists() else b""
    if len(log) < 32 or log[:3] != b"\x37\x7f\x06":
        return pages
    order = "<" if log[3] == 0x82 else ">"
    sums = _summed(log[:24], 0, 0, order)
    if sums != struct.unpack(">II", log[24:32]):
        return pages
    waiting: dict[int, bytes] = {}
    for at in range(32, len(log) - PAGE - 23, PAGE + 24):
        head, content = log[at : at + 24], log[at + 24 : at + 24 + PAGE]
        sums = _summed(content, *_summed(head[:8], *sums, order), order)
        if head[8:16] != log[16:24] or sums != struct.unpack(">II", head[16:]):
            break
        number, commits = struct.unpack(">II", head[:8])
        waiting[number] = content
        if commits:
            pages.update(waiting)
            waiting = {}
    return pages


def _summed(data: bytes, first: int, second: int, order: str) -> tuple[int, int]:
    words = struct.unpack(f"{order}{len(data) // 4}I", data)
    for at in range(0, len(words), 2):
        first = (first + words[at] + second) % 2**32
        second = (second + words[at + 1] + first) % 2**32
    return first, second


def _rows(page: bytes, pages: dict[int, bytes]) -> Iterator[list[object]]:
    count = int.from_bytes(page[3:5], "big")
    for index in range(min(count, 1000)):
        place = int.from_bytes(page[8 + 2 * index : 10 + 2 * index], "big")
        try:
            size, at = _number(page, place)
            _, at = _number(page, at)
            payload = _whole(page, at, size, pages)
            values = _values(payload)
        except (IndexError, ValueError):
            continue
        if len(values) > CONTENT:
            yield values


def _whole(page: bytes, at: int, size: int, pages: dict[int, bytes]) -> bytes:
    most, least = PAGE - 35, (PAGE - 12) * 32 // 255 - 23
    local = size
    if size > most:
        local = least + (size - least) % (PAGE - 4)
        local = local if local <= most else least
    payload = page[at : at + local]
    following = int.from_bytes(page[at + local : at + local + 4], "big")
    while len(payload) < size:
        content = pages.get(following, b"")
        if len(content) < PAGE:
            raise ValueError("a chain that ends early")
        payload += content[4:]
        following = int.from_bytes(content[:4], "big")
    return payload[:size]


def _values(payload: bytes) -> list[object]:
    length, at = _number(payload, 0)
    values: list[object] = []
    place = length
    while at < length:
        kind, at = _number(payload, at)
        size = (kind - 12) // 2 if kind > 11 else (0, 1, 2, 3, 4, 6, 8, 8, 0, 0, 0, 0)[kind]
        data = payload[place : place + size]
        place += size
        values.append(data.decode("utf-8") if kind > 12 and kind % 2 else data)
    if place != len(payload):
        raise ValueError("lengths that do not add up")
    return values


def _number(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for count in range(9):
        byte = data[at + count]
        if count == 8:
            return value << 8 | byte, at + 9
        value = value << 7 | byte & 127
        if byte < 128:
            return value, at + count + 1
    raise ValueError("no number")
