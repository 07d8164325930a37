"""Turns, scales and converts a picture with Pillow. Runs in the child process."""

from __future__ import annotations

import io
from typing import Any, Final

from tui_chat.attachments.extraction.problems import Unreadable

_MOST_PIXELS: Final = 200_000_000
_KEPT: Final = ("PNG", "JPEG", "WEBP", "GIF")
_QUALITY: Final = 90


def convert_picture(data: bytes, *, side: int) -> tuple[dict[str, Any], bytes]:
    """Return a picture that is upright and no larger than a limit; no bytes if it is so already.

    Args:
        data: The file.
        side: The longest side in pixels.
    """
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = _MOST_PIXELS
    try:
        picture: Image.Image = Image.open(io.BytesIO(data))
        is_turned = picture.getexif().get(0x0112, 1) not in (0, 1)
        is_large = max(picture.size) > side
        if not is_turned and not is_large and picture.format in _KEPT:
            return {"picture_bytes": 0}, b""
        has_photo = picture.format in ("JPEG", "MPO")
        picture = ImageOps.exif_transpose(picture)
        picture.thumbnail((side, side))
    except Image.DecompressionBombError as error:
        raise Unreadable("too_large") from error
    output = io.BytesIO()
    if has_photo:
        picture.convert("RGB").save(output, "JPEG", quality=_QUALITY)
    else:
        if picture.mode not in ("1", "L", "LA", "P", "RGB", "RGBA"):
            picture = picture.convert("RGB")
        picture.save(output, "PNG")
    body = output.getvalue()
    return {"picture_bytes": len(body)}, body
