"""Counts, sizes and durations as text: `1 turn`, `2.1k`, `48 KB`, `350 ms`."""

from __future__ import annotations

_LINKS = (" of ", " without ", " that is ")


def counted(count: int, noun: str) -> str:
    """Return a count with its noun in the singular or plural.

    Args:
        count: How many.
        noun: In the singular: `image`, `empty conversation`, `call of a tool`.
    """
    if count == 1:
        return f"1 {noun}"
    head, link, rest = noun, "", ""
    for separator in _LINKS:
        if separator in noun:
            head, link, rest = noun.partition(separator)
            break
    plural = f"{head[:-1]}ies" if head.endswith("y") and head[-2:-1] not in "aeiou" else f"{head}s"
    link = " that are " if link == " that is " else link
    return f"{count:,} {plural}{link}{rest}"


def compact_count(count: int) -> str:
    """Return a count in at most four characters: 950, 1.2k, 34k, 2.1M."""
    for limit, unit in ((1_000_000, "M"), (1_000, "k")):
        if count >= limit:
            scaled = count / limit
            return f"{scaled:.1f}{unit}" if scaled < 10 else f"{scaled:.0f}{unit}"
    return str(count)


def byte_size(size: float) -> str:
    """Return a size in bytes with a decimal unit: 950 bytes, 4.8 KB, 48 KB, 1.2 MB, 3.0 GB."""
    if size < 1_000:
        return f"{size:.0f} bytes"
    if size < 999_500:
        return f"{size / 1_000:.1f} KB" if size < 9_950 else f"{size / 1_000:.0f} KB"
    if size < 999_950_000:
        return f"{size / 1_000_000:.1f} MB"
    return f"{size / 1_000_000_000:.1f} GB"


def milliseconds(seconds: float) -> str:
    """Return a duration in milliseconds, or in seconds from 10 s."""
    return f"{seconds * 1000:.0f} ms" if seconds < 10 else f"{seconds:.1f} s"
