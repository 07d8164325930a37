"""Parses rows from raw SQLite pages, for files that SQLite refuses to read.

The format is documented at https://www.sqlite.org/fileformat2.html. Any number in a damaged page
may be wrong, so each one is validated before it is used.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Value = int | float | str | bytes | None

TABLE_LEAF: Final = 0x0D
INDEX_LEAF: Final = 0x0A
INDEX_INTERIOR: Final = 0x02
TABLE_INTERIOR: Final = 0x05
PAGE_TYPES: Final = frozenset({TABLE_LEAF, INDEX_LEAF, INDEX_INTERIOR, TABLE_INTERIOR})

MAX_VALUE_BYTES: Final = 1_000_000_000
"""SQLite's own limit for a row."""
_MOST_COLUMNS: Final = 100
_INTEGER_BYTES: Final = (0, 1, 2, 3, 4, 6, 8, 8, 0, 0)
# The start of a record of tui-chat's tables: the length of the header, the row number (stored as
# NULL) and the ID, a short text.
_RECORD_START: Final = re.compile(rb"[\x04-\x7f]\x00[\x0f-\xff]")
_VARINT_BYTES: Final = 9


@dataclass(frozen=True, slots=True)
class Cell:
    """One stored row.

    Attributes:
        rowid: The row number; None if it is destroyed.
        values: The values by position; fewer if the row is truncated or older than a column.
        is_cut: True if the end of the row is lost.
        overflow: Its overflow pages.
    """

    rowid: int | None
    values: tuple[Value, ...]
    is_cut: bool = False
    overflow: tuple[int, ...] = ()


class BadCell(ValueError):
    """The bytes are not a row."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The sizes that determine how much of a row is stored in its own page.

    Attributes:
        usable: The usable bytes of a page.
        page_count: The highest possible page number.
        fetch: Returns a page by its number; None if it is missing.
    """

    usable: int
    page_count: int
    fetch: Callable[[int], bytes | None]

    def local_size(self, size: int, *, is_index: bool = False) -> int:
        """Return the number of payload bytes in the page itself."""
        usable = self.usable
        most = (usable - 12) * 64 // 255 - 23 if is_index else usable - 35
        if size <= most:
            return size
        least = (usable - 12) * 32 // 255 - 23
        wanted = least + (size - least) % (usable - 4)
        return wanted if wanted <= most else least


def varint(data: bytes, at: int) -> tuple[int, int]:
    """Return a variable-length integer and the position after it.

    Raises:
        BadCell: It extends beyond the page.
    """
    value = 0
    for count in range(_VARINT_BYTES):
        if at >= len(data):
            raise BadCell("a number extends beyond the page")
        byte = data[at]
        at += 1
        if count == _VARINT_BYTES - 1:
            value = value << 8 | byte
            break
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            break
    return (value - (1 << 64) if value >> 63 else value), at


def cell_places(page: bytes, start: int) -> list[int]:
    """Return the positions of the cells of a page; empty if its header is invalid.

    Args:
        page: The page.
        start: The position of its header: 100 in the first page, else 0.
    """
    (count,) = struct.unpack_from(">H", page, start + 3)
    first = start + (12 if page[start] in (INDEX_INTERIOR, TABLE_INTERIOR) else 8)
    if first + 2 * count > len(page):
        return []
    places = struct.unpack_from(f">{count}H", page, first)
    return list(dict.fromkeys(places))


def table_cell(page: bytes, at: int, layout: Layout) -> Cell:
    """Return the row at a position of a table's leaf page.

    Raises:
        BadCell: There is no row.
    """
    size, at = varint(page, at)
    rowid, at = varint(page, at)
    payload, overflow = _payload(page, at, size, layout)
    values, total = record(payload, size)
    return Cell(rowid, values, len(payload) < total, overflow)


def index_entry(page: bytes, at: int, layout: Layout) -> tuple[Value, ...]:
    """Return the values of an index entry.

    Raises:
        BadCell: There is no entry, or it has overflow pages.
    """
    if page[0] == INDEX_INTERIOR:
        at += 4
    size, at = varint(page, at)
    if not 0 < size <= layout.local_size(size, is_index=True):
        raise BadCell("an index entry with overflow pages")
    return record(page[at : at + size], size)[0]


def record(payload: bytes, size: int) -> tuple[tuple[Value, ...], int]:
    """Return the values of a record, and its length according to its header.

    Missing values are omitted; the beginning of a truncated text is kept.

    Raises:
        BadCell: The bytes are not a record.
    """
    serials, at = _serials(payload)
    total = at + sum(map(_size_of, serials))
    if total != size:
        raise BadCell("the lengths of the values do not add up")
    values: list[Value] = []
    for serial in serials:
        length = _size_of(serial)
        data = payload[at : at + length]
        if len(data) < length:
            if serial >= 13 and serial % 2 and data:
                values.append(data.decode("utf-8", "ignore"))
            break
        values.append(_value(serial, data))
        at += length
    return tuple(values), total


def carved(page: bytes, layout: Layout) -> Iterator[Cell]:
    """Yield everything in a page that looks like a row, without using its header."""
    end = 0
    for match in _RECORD_START.finditer(page):
        at = match.start()
        if at < end:
            continue
        cell = _carved_at(page, at, layout)
        if cell is not None:
            yield cell


def _carved_at(page: bytes, at: int, layout: Layout) -> Cell | None:
    try:
        serials, values_at = _serials(page[at:])
    except BadCell:
        return None
    size = values_at + sum(map(_size_of, serials))
    # Length and row number precede the record; if they match, it is a row.
    for start in range(max(0, at - 2 * _VARINT_BYTES), at - 1):
        try:
            stored, after = varint(page, start)
            _, after = varint(page, after)
            if stored == size and after == at:
                return table_cell(page, start, layout)
        except BadCell:
            continue
    if at + size > len(page) or layout.local_size(size) != size:
        return None
    try:
        return Cell(None, record(page[at : at + size], size)[0])
    except BadCell:
        return None


def _payload(page: bytes, at: int, size: int, layout: Layout) -> tuple[bytes, tuple[int, ...]]:
    """Return the readable bytes of a row, and its overflow pages."""
    if not 1 < size <= MAX_VALUE_BYTES:
        raise BadCell("invalid length")
    local = layout.local_size(size)
    if at + local > layout.usable:
        raise BadCell("longer than its page")
    parts = [page[at : at + local]]
    if local == size:
        return parts[0], ()
    if at + local + 4 > len(page):
        raise BadCell("longer than its page")
    (following,) = struct.unpack_from(">I", page, at + local)
    chain: list[int] = []
    missing = size - local
    seen: set[int] = set()
    while missing > 0:
        content = layout.fetch(following) if 1 < following <= layout.page_count else None
        if content is None or following in seen:
            break
        (after,) = struct.unpack_from(">I", content)
        is_last = missing <= layout.usable - 4
        if not is_last and not 1 < after <= layout.page_count:
            # Not an overflow page any more: it has no next page.
            break
        seen.add(following)
        chain.append(following)
        parts.append(content[4 : 4 + min(missing, layout.usable - 4)])
        missing -= len(parts[-1])
        if len(content) < layout.usable:
            break
        following = after
    return b"".join(parts), tuple(chain)


def _serials(payload: bytes) -> tuple[list[int], int]:
    """Return the serial types of the values, and the position of the first value."""
    length, at = varint(payload, 0)
    if not at <= length <= len(payload):
        raise BadCell("invalid record header")
    serials: list[int] = []
    while at < length:
        serial, at = varint(payload, at)
        if serial < 0 or serial in (10, 11) or _size_of(serial) > MAX_VALUE_BYTES:
            raise BadCell("invalid serial type")
        serials.append(serial)
        if len(serials) > _MOST_COLUMNS:
            raise BadCell("too many values")
    if at != length or not serials:
        raise BadCell("invalid record header")
    return serials, at


def _size_of(serial: int) -> int:
    if serial >= 12:
        return (serial - 12) // 2
    return _INTEGER_BYTES[serial] if serial < len(_INTEGER_BYTES) else 0


def _value(serial: int, data: bytes) -> Value:
    if serial >= 13 and serial % 2:
        return data.decode("utf-8", "replace")
    if serial >= 12:
        return data
    if serial == 7:
        return float(struct.unpack(">d", data)[0])
    if serial in (8, 9):
        return serial - 8
    return None if serial == 0 else int.from_bytes(data, "big", signed=True)
