"""Decodes the text of a file in any encoding: by its mark, as UTF-8, else by its statistics."""

from __future__ import annotations

import codecs
import re
from typing import Final

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    # Before UTF-16, whose mark is the beginning of this one.
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE: Final = 65_536
_MIN_STATISTICS: Final = 200
"""Bytes outside ASCII that statistics need; a shorter text is more often GB 2312 than it looks."""
_NOT_ASCII: Final = re.compile(rb"[\x80-\xff]")
_CONTROLS: Final = re.compile(rb"[\x01-\x06\x0e-\x1a\x1c-\x1f\x7f]")
_MAX_CONTROLS: Final = 0.02
"""A log with terminal colours has escape characters, which do not count."""


def decode_text(data: bytes) -> str | None:
    """Return the text of a file; None if it is binary data."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data.decode(encoding, "replace").removeprefix("\ufeff")
    sample = data[:_SAMPLE]
    if b"\x00" in data or len(_CONTROLS.findall(sample)) > _MAX_CONTROLS * len(sample):
        return None
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return _decoded_by_statistics(data)


def _decoded_by_statistics(data: bytes) -> str | None:
    sample = b"".join(line for line in data.splitlines(keepends=True) if not line.isascii())
    sample = sample[:_SAMPLE]
    if len(_NOT_ASCII.findall(sample)) < _MIN_STATISTICS and (text := _gb2312(data)) is not None:
        return text
    # Imported late: only for files that are not UTF-8.
    from charset_normalizer import from_bytes

    best = from_bytes(sample).best()
    if best is None:
        return None
    return data.decode(best.encoding, "replace")


def _gb2312(data: bytes) -> str | None:
    try:
        return data.decode("gb2312")
    except UnicodeDecodeError:
        return None
