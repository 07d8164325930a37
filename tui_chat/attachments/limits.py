"""Limits for attachments, in addition to those of the endpoints."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """The largest accepted sizes."""

    text_bytes: int = 4_000_000
    """About a million tokens of English: more than any context."""
    picture_bytes: int = 20_000_000
    """As stored, after scaling."""
    file_bytes: int = 50_000_000
    """Of any file that is read."""
    picture_side: int = 2_048
    """The longest side of a picture in pixels; larger ones are scaled down if Pillow is installed.
    Endpoints scale them to about this size themselves."""
    extraction_s: float = 20.0
    """The time limit for reading a document."""
