"""Reads the format and the size of a picture from its first bytes, without decoding it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

_HEIC_BRANDS: Final = frozenset({b"heic", b"heix", b"hevc", b"heim", b"mif1", b"msf1", b"avif"})
_JPEG_ALONE: Final = frozenset({0x01, *range(0xD0, 0xDA)})
"""Markers without a length."""
_JPEG_NO_FRAME: Final = frozenset({0xC4, 0xC8, 0xCC})
"""Markers among those of frames that are tables."""
_JPEG_SEGMENTS: Final = 10_000


@dataclass(frozen=True, slots=True)
class PictureHeader:
    """The format and the size of a picture; the size is None if the header is damaged."""

    mime: str
    width: int | None = None
    height: int | None = None


def picture_header(data: bytes) -> PictureHeader | None:
    """Return the header of a PNG, JPEG, GIF, WebP, BMP, TIFF or HEIC; None for any other data."""
    for is_format, read in _FORMATS:
        if is_format(data):
            return read(data)
    return None


def _png(data: bytes) -> PictureHeader:
    if len(data) < 24 or data[12:16] != b"IHDR":
        return PictureHeader("image/png")
    return PictureHeader("image/png", _big(data, 16, 4), _big(data, 20, 4))


def _gif(data: bytes) -> PictureHeader:
    if len(data) < 10:
        return PictureHeader("image/gif")
    return PictureHeader("image/gif", _little(data, 6, 2), _little(data, 8, 2))


def _webp(data: bytes) -> PictureHeader:
    kind = data[12:16]
    if kind == b"VP8X" and len(data) >= 30:
        return PictureHeader("image/webp", _little(data, 24, 3) + 1, _little(data, 27, 3) + 1)
    if kind == b"VP8L" and len(data) >= 25:
        bits = _little(data, 21, 4)
        return PictureHeader("image/webp", (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    if kind == b"VP8 " and len(data) >= 30:
        sides = (_little(data, 26, 2) & 0x3FFF, _little(data, 28, 2) & 0x3FFF)
        return PictureHeader("image/webp", *sides)
    return PictureHeader("image/webp")


def _jpeg(data: bytes) -> PictureHeader:
    at = 2
    for _segment in range(_JPEG_SEGMENTS):
        if at + 9 > len(data) or data[at] != 0xFF:
            break
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1
        elif marker in _JPEG_ALONE:
            at += 2
        elif 0xC0 <= marker <= 0xCF and marker not in _JPEG_NO_FRAME:
            return PictureHeader("image/jpeg", _big(data, at + 7, 2), _big(data, at + 5, 2))
        else:
            at += 2 + _big(data, at + 2, 2)
    return PictureHeader("image/jpeg")


_FORMATS: Final[tuple[tuple[Callable[[bytes], bool], Callable[[bytes], PictureHeader]], ...]] = (
    (lambda data: data.startswith(b"\x89PNG\r\n\x1a\n"), _png),
    (lambda data: data.startswith(b"\xff\xd8\xff"), _jpeg),
    (lambda data: data.startswith((b"GIF87a", b"GIF89a")), _gif),
    (lambda data: data[:4] == b"RIFF" and data[8:12] == b"WEBP", _webp),
    (
        lambda data: data[4:8] == b"ftyp" and data[8:12] in _HEIC_BRANDS,
        lambda data: PictureHeader("image/avif" if data[8:12] == b"avif" else "image/heic"),
    ),
    (
        lambda data: data[:2] == b"BM" and data[6:10] == bytes(4),
        lambda _data: PictureHeader("image/bmp"),
    ),
    (
        lambda data: data.startswith((b"II*\x00", b"MM\x00*")),
        lambda _data: PictureHeader("image/tiff"),
    ),
)


def _big(data: bytes, at: int, length: int) -> int:
    return int.from_bytes(data[at : at + length], "big")


def _little(data: bytes, at: int, length: int) -> int:
    return int.from_bytes(data[at : at + length], "little")
