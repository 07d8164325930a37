"""CSS of scroll bars: unobtrusive until hovered."""

from __future__ import annotations

from typing import Final

SCROLL_BAR: Final = """
    scrollbar-size-vertical: 1;
    scrollbar-color: $foreground 25%;
    scrollbar-color-hover: $foreground 40%;
    scrollbar-color-active: $foreground 40%;
    scrollbar-background: $background;
    scrollbar-background-hover: $background;
    scrollbar-background-active: $background;
"""
