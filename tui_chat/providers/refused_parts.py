"""Recognizes in an error that an endpoint does not accept pictures or files in messages."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from tui_chat.core.text.lazy_pattern import LazyPattern
from tui_chat.providers.message_parts import has_parts

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

_REFUSED: Final = (
    r"(?:not (?:yet )?support|unsupported|does ?n[o']t support|not enabled|not allowed|not accept|"
    r"only supported by|cannot (?:process|read|see)|no endpoints found|unknown variant|unexpected|"
    r"invalid|missing data required|not available|at most 0|text[- ]only|"
    r"不支持)"
)
_PICTURE: Final = LazyPattern(
    r"not a multimodal|"
    rf"{_REFUSED}.{{0,80}}(?:image|picture|vision|multimodal|图片|图像)|"
    rf"(?:image|picture|vision|multimodal|图片|图像).{{0,80}}{_REFUSED}",
    re.IGNORECASE | re.DOTALL,
)
_FILE: Final = LazyPattern(
    rf"{_REFUSED}.{{0,80}}(?:\bfiles?\b|\bpdfs?\b|document|文件)|"
    rf"(?:\bfiles?\b|\bpdfs?\b|document|文件).{{0,80}}{_REFUSED}",
    re.IGNORECASE | re.DOTALL,
)
_PARTS: Final = LazyPattern(
    r"content.{0,40}must be (?:a )?string|expected (?:a )?string|invalid type: sequence|"
    r"unsupported content|content\[\]\.type|input should be a valid string|"
    r"str type expected|content.{0,20}type.{0,40}(?:invalid|unsupported|not supported)",
    re.IGNORECASE | re.DOTALL,
)
_ONE_PICTURE: Final = LazyPattern(
    r"too large|too many|larger than|exceeds|maximum|at most [1-9]|download|decode|corrupt|"
    r"could not process|invalid base64|media.?type|format|dimension|pixel|resolution",
    re.IGNORECASE,
)
"""About one picture, not about pictures as such."""


def refused_part(text: str, messages: Sequence[Any]) -> str | None:
    """Return the type of message parts that a refusal is about; None if it is about anything else.

    Args:
        text: The error of the endpoint.
        messages: The messages that were refused.
    """
    has_pictures = has_parts(messages, "image_url")
    has_files = has_parts(messages, "file")
    if not (has_pictures or has_files):
        return None
    if has_pictures and _PICTURE.search(text) and not _ONE_PICTURE.search(text):
        return "image_url"
    if has_files and _FILE.search(text) and not _ONE_PICTURE.search(text):
        return "file"
    if not _PARTS.search(text):
        return None
    return "file" if has_files else "image_url"
