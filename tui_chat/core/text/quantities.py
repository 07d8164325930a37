"""Counts, sizes and durations as text: `2.1k`, `48 KB`, `350 ms`."""

from __future__ import annotations

from tui_chat.core.labels import ngettext


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
        return ngettext("{count} byte", "{count} bytes", round(size))
    if size < 999_500:
        return f"{size / 1_000:.1f} KB" if size < 9_950 else f"{size / 1_000:.0f} KB"
    if size < 999_950_000:
        return f"{size / 1_000_000:.1f} MB"
    return f"{size / 1_000_000_000:.1f} GB"


def milliseconds(seconds: float) -> str:
    """Return a duration in milliseconds, or in seconds from 10 s."""
    return f"{seconds * 1000:.0f} ms" if seconds < 10 else f"{seconds:.1f} s"
