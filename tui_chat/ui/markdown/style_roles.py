"""Style ids: small integers for the role of a piece of text, independent of its colours.

A style id is the sum of one `Role` and any of the flags: `Role.HEADING + STRONG + LINK`. The
palette maps it to colours at paint time, so a theme change does not affect the document.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final


class Role(IntEnum):
    """Role of a piece of text. Code tokens follow from `CODE_TOKEN` on."""

    TEXT = 0
    HEADING_1 = 1
    HEADING_2 = 2
    HEADING = 3
    QUOTE = 4
    QUOTE_BAR = 5
    MARKER = 6
    RULE = 7
    CODE_BLOCK = 8
    CODE_LABEL = 9
    TABLE_HEADER = 10
    TABLE_RULE = 11
    RAW = 12
    """HTML, shown as source."""
    MATH = 13
    QUIET = 14
    """Link definitions, image targets, footnote references."""
    CODE_TOKEN = 32


STRONG: Final = 0x100
EMPHASIS: Final = 0x200
STRIKE: Final = 0x400
CODE: Final = 0x800
LINK: Final = 0x1000

ROLE_MASK: Final = 0xFF


def heading_role(level: int) -> Role:
    """Return the role of a heading; from the third level on they look alike."""
    return (Role.HEADING_1, Role.HEADING_2)[level - 1] if level <= 2 else Role.HEADING
