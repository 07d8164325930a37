"""Estimates whether this machine can run a model."""

from __future__ import annotations

import os
from contextlib import suppress
from enum import Enum
from pathlib import Path
from typing import Final

_OVERHEAD_BYTES: Final = 700_000_000
"""The context of 8,192 tokens, buffers and the process of a small model."""
_COMFORTABLE: Final = 0.5
_POSSIBLE: Final = 0.85
_BITS: Final = {"Q8_0": 8.5, "Q4_K_M": 5.2, "Q4_0": 4.9}
"""Bits per parameter of a file, embeddings included."""
_CGROUP_LIMITS: Final = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)


class Fit(Enum):
    """The relation between the needs of a model and the memory of a machine."""

    COMFORTABLE = "comfortable"
    TIGHT = "tight"
    TOO_LARGE = "too_large"

    @property
    def mark(self) -> str:
        """One character for lists."""
        return _MARKS[self]


_MARKS: Final = {Fit.COMFORTABLE: "✓", Fit.TIGHT: "~", Fit.TOO_LARGE: "✗"}


def memory_bytes(limits: tuple[Path, ...] = _CGROUP_LIMITS) -> int:
    """Return the memory of this machine, or the smaller limit of a container."""
    found = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    for file in limits:
        with suppress(OSError, ValueError):
            # A group without a limit says "max" or a number near 2^63.
            found = min(found, int(file.read_text("ascii")))
    return found


def needed_memory(file_bytes: float) -> int:
    """Return the memory that a model of a size needs, in bytes."""
    return int(file_bytes * 1.1) + _OVERHEAD_BYTES


def estimated_file_bytes(billions: float, quantization: str) -> float:
    """Return the approximate size of a model before the hub has been asked."""
    return billions * 1e9 * _BITS.get(quantization, 5.2) / 8


def fit_of(needed_bytes: int, memory: int) -> Fit:
    """Return how well a model that needs an amount of memory fits into a machine."""
    if needed_bytes <= memory * _COMFORTABLE:
        return Fit.COMFORTABLE
    return Fit.TIGHT if needed_bytes <= memory * _POSSIBLE else Fit.TOO_LARGE
