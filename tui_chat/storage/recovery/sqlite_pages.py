"""Reads the pages of a damaged SQLite file and of its write-ahead log."""

from __future__ import annotations

import os
import struct
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from tui_chat.storage.database.sqlite_log import (
    Frame,
    PageState,
    frames,
    read_at,
    stated_page_bytes,
)
from tui_chat.storage.recovery.sqlite_records import PAGE_TYPES, Layout

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO

_USUAL_PAGE_BYTES: Final = 4096
_PAGE_SIZES: Final = tuple(1 << power for power in range(9, 17))
_HEADER_BYTES: Final = 100
_MAGIC: Final = b"SQLite format 3\0"
_SAMPLED_PAGES: Final = 2000


@dataclass(frozen=True, slots=True)
class Page:
    """One version of a page."""

    number: int
    state: PageState
    data: bytes


class PageFile(AbstractContextManager["PageFile"]):
    """The pages of a database file and its log, read-only. Either file may be missing.

    Attributes:
        layout: Sizes, and access to other pages.

    Raises:
        OSError: One of the files exists and cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self._undo = ExitStack()
        try:
            self._file = self._opened(path)
            self._log = self._opened(path.with_name(f"{path.name}-wal"))
        except BaseException:
            self._undo.close()
            raise
        head = read_at(self._file, 0, _HEADER_BYTES)
        self._page_bytes = self._found_page_bytes(head)
        self._size = _size(self._file)
        most = (self._size + _size(self._log)) // self._page_bytes + 1
        self._frames = list(frames(self._log, self._page_bytes, most)) if self._log else []
        self._current = self._committed()
        in_file = -(-self._size // self._page_bytes)
        self.page_count = max([in_file, *(frame.page for frame in self._frames)], default=0)
        first = self.page(1) or b""
        reserved = first[20] if first[:16] == _MAGIC else 0
        self.layout = Layout(
            self._page_bytes - (reserved if reserved <= 32 else 0), self.page_count, self.page
        )
        self._newest = {
            frame.page: frame for frame in self._frames if frame.state is not PageState.OLD
        }
        self._free = self._found_free(first)

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close both files. Idempotent."""
        self._undo.close()

    def page(self, number: int) -> bytes | None:
        """Return the current version of a page; the last page of a truncated file may be short."""
        frame = self._current.get(number)
        return self._framed(frame) if frame is not None else self._stored(number)

    def layout_for(self, state: PageState) -> Layout:
        """Return the layout that finds the overflow pages of a page version."""
        if state is not PageState.UNCONFIRMED:
            return self.layout
        return replace(self.layout, fetch=self._newest_page)

    def _newest_page(self, number: int) -> bytes | None:
        frame = self._newest.get(number)
        return self._framed(frame) if frame is not None else self._stored(number)

    def pages(self) -> Iterator[Page]:
        """Yield every version of every page, most trusted first."""
        for number in range(1, self.page_count + 1):
            if number not in self._free and (data := self.page(number)):
                yield Page(number, PageState.LIVE, data)
        yield from self._framed_pages(PageState.UNCONFIRMED)
        yield from self._framed_pages(PageState.LIVE)
        yield from self._framed_pages(PageState.OLD)
        for number in self._current:
            if data := self._stored(number):
                yield Page(number, PageState.OLD, data)
        for number in sorted(self._free):
            if data := self.page(number):
                yield Page(number, PageState.FREE, data)

    def _framed_pages(self, state: PageState) -> Iterator[Page]:
        """Yield page versions of the log that are not current, newest first."""
        as_what = PageState.OLD if state is PageState.LIVE else state
        for frame in reversed(self._frames):
            is_current = self._current.get(frame.page) is frame
            if frame.state is state and not is_current and (data := self._framed(frame)):
                yield Page(frame.page, as_what, data)

    @property
    def version_count(self) -> int:
        """The maximum number of pages that `pages` yields."""
        return self.page_count + len(self._frames)

    def _opened(self, path: Path) -> BinaryIO | None:
        try:
            return self._undo.enter_context(path.open("rb"))
        except FileNotFoundError:
            return None

    def _stored(self, number: int) -> bytes | None:
        data = read_at(self._file, (number - 1) * self._page_bytes, self._page_bytes)
        return data or None

    def _framed(self, frame: Frame) -> bytes | None:
        data = read_at(self._log, frame.at, self._page_bytes)
        return data or None

    def _found_page_bytes(self, head: bytes) -> int:
        """Return the page size of a header, or the size that fits most pages."""
        stated = 0
        if head[:16] == _MAGIC and len(head) >= 18:
            size = struct.unpack_from(">H", head, 16)[0]
            stated = 65536 if size == 1 else size
        elif self._log is not None:
            stated = stated_page_bytes(self._log)
        likeness = {size: self._likeness(size) for size in _PAGE_SIZES}
        enough = max(likeness.values()) * 0.6
        # Pages of 8192 bytes also match at 4096: try the stated and usual size, then the smallest.
        likely = [size for size in (stated, _USUAL_PAGE_BYTES, *_PAGE_SIZES) if size in likeness]
        return next(size for size in likely if likeness[size] >= enough)

    def _likeness(self, page_bytes: int) -> float:
        """Return the share of pages with a b-tree header, assuming a page size."""
        count = min(_size(self._file) // page_bytes, _SAMPLED_PAGES)
        found = 0
        for number in range(1, count):
            data = read_at(self._file, number * page_bytes, 8)
            is_page = len(data) == 8 and data[0] in PAGE_TYPES
            found += is_page and 0 < int.from_bytes(data[3:5], "big") < page_bytes // 4
        return found / (count - 1) if count > 1 else 0.0

    def _committed(self) -> dict[int, Frame]:
        return {it.page: it for it in self._frames if it.state is PageState.LIVE}

    def _found_free(self, first: bytes) -> frozenset[int]:
        """Return the page numbers of the free list, as far as it is intact."""
        free: set[int] = set()
        if first[:16] != _MAGIC or len(first) < _HEADER_BYTES:
            return frozenset()
        (trunk,) = struct.unpack_from(">I", first, 32)
        while 1 < trunk <= self.page_count and trunk not in free:
            data = self.page(trunk)
            if data is None or len(data) < self.layout.usable:
                break
            following, count = struct.unpack_from(">II", data)
            if count > self.layout.usable // 4 - 2:
                break
            leaves = struct.unpack_from(f">{count}I", data, 8)
            if not all(1 < leaf <= self.page_count for leaf in leaves):
                break
            free.add(trunk)
            free.update(leaves)
            trunk = following
        return frozenset(free)


def _size(file: BinaryIO | None) -> int:
    return os.fstat(file.fileno()).st_size if file is not None else 0
