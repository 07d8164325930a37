"""Reads pictures: the size from the header; turned, scaled and converted if Pillow is installed."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import PurePath
from typing import TYPE_CHECKING, Final

from tui_chat.attachments.extraction.extract import extract
from tui_chat.attachments.refusals import refuse_size, refuse_unreadable
from tui_chat.config.file_paths import shown_path
from tui_chat.core.attachments import Attachment, AttachmentKind, SentAs, new_attachment
from tui_chat.core.errors import AttachmentRefused
from tui_chat.core.labels import _
from tui_chat.core.media.picture_header import PictureHeader, picture_header

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui_chat.attachments.limits import Limits

_SENDABLE: Final = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
_CONVERTIBLE: Final = frozenset({"image/bmp", "image/tiff"})
_NAMES: Final = {
    "image/heic": "HEIC",
    "image/avif": "AVIF",
    "image/bmp": "BMP",
    "image/tiff": "TIFF",
}
_ORIENTATION: Final = b"\x01\x12"
"""The number of the EXIF field in a big-endian file; reversed in a little-endian one."""


def read_picture(data: bytes, name: str, limits: Limits) -> Attachment:
    """Return a picture as an attachment.

    Raises:
        AttachmentRefused: The format cannot be sent, or the picture is too large.
    """
    header = picture_header(data)
    assert header is not None  # noqa: S101 - the caller has detected a picture
    warnings: list[str] = []
    if header.mime not in _SENDABLE | _CONVERTIBLE:
        raise _refuse_format(name, header)
    if header.mime in _SENDABLE and not (header.width and header.height):
        raise refuse_unreadable(name, "damaged")
    if _needs_change(data, header, limits):
        if find_spec("PIL") is not None:
            data, header, name = _changed(data, header, name, limits)
        elif header.mime not in _SENDABLE:
            raise _refuse_format(name, header)
        else:
            warnings.append(
                _("It is sent as it is. To turn and scale pictures: pip install pillow")
            )
    if len(data) > limits.picture_bytes:
        raise refuse_size(name, limits.picture_bytes)
    return picture_attachment(data, name, header, warnings)


def picture_attachment(
    data: bytes, name: str, header: PictureHeader, warnings: Sequence[str] = ()
) -> Attachment:
    """Return a picture that is sent as it is."""
    return new_attachment(
        data,
        name,
        header.mime,
        AttachmentKind.PICTURE,
        SentAs.IMAGE,
        width=header.width,
        height=header.height,
        warnings=warnings,
    )


def _needs_change(data: bytes, header: PictureHeader, limits: Limits) -> bool:
    if header.mime not in _SENDABLE or max(header.width or 0, header.height or 0) > (
        limits.picture_side
    ):
        return True
    head = data[:65_536]
    has_exif = b"Exif\x00\x00" in head
    return has_exif and (_ORIENTATION in head or _ORIENTATION[::-1] in head)


def _changed(
    data: bytes, header: PictureHeader, name: str, limits: Limits
) -> tuple[bytes, PictureHeader, str]:
    found = extract("picture", data, timeout_s=limits.extraction_s, side=limits.picture_side)
    if found.problem:
        raise refuse_unreadable(name, found.problem)
    changed = picture_header(found.data) if found.data else None
    if changed is None:
        return data, header, name
    if changed.mime != header.mime:
        name = str(PurePath(name).with_suffix(f".{changed.mime.removeprefix('image/')}"))
    return found.data, changed, name


def _refuse_format(name: str, header: PictureHeader) -> AttachmentRefused:
    kind = _NAMES.get(header.mime, header.mime)
    summary = _("{name} is a {kind} picture, which endpoints do not accept.")
    return AttachmentRefused(
        summary.format(name=shown_path(name), kind=kind),
        _("Save it as JPEG or PNG and attach that."),
    )
