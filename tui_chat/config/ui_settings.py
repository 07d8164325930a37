"""How the screen looks. Apart from the other settings, because the first paint needs only this."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class UiSettings:
    """How the screen looks."""

    theme: str | None = None
    width: int = 88
    """Of the column of text, in cells."""
    cursor_blink: bool = False
    reduced_motion: bool = False
    mouse: bool = True
    titles: str = "question"
    """Who writes titles: made from the first `question`, or by the `model` after its answer."""
