"""Characters of two columns, such as Chinese ones, which are written without blanks."""

from __future__ import annotations

import unicodedata
from functools import lru_cache


@lru_cache(4096)
def is_wide(character: str) -> bool:
    """Return True if lines may break beside a character, as between Chinese ones."""
    return character > "\u1100" and unicodedata.east_asian_width(character) in "WF"
