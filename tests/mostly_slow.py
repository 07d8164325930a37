"""Marks most values of a parametrized test as slow, so that a quick run plays a sample of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable


def mostly_slow(values: Iterable[Any], *, quick: int, ids: Any = None) -> list[Any]:
    """Return the values of a parametrized test; all but some evenly spread ones are marked slow.

    Args:
        values: The values; a tuple means several arguments.
        quick: The number of values that are not slow.
        ids: Returns the ID of a value; None for pytest's own.
    """
    values = list(values)
    step = max(1, len(values) // quick)
    chosen = set(range(0, step * quick, step))
    return [
        pytest.param(
            *(value if isinstance(value, tuple) else (value,)),
            id=ids(value) if ids is not None else None,
            marks=() if at in chosen else (pytest.mark.slow,),
        )
        for at, value in enumerate(values)
    ]
