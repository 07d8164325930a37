"""The table [ui]; separate from the other settings, because the first paint needs only this."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class UiSettings:
    """The table [ui]."""

    theme: str | None = None
    width: int = 88
    """The maximum width of the text column in cells."""
    cursor_blink: bool = False
    reduced_motion: bool = False
    mouse: bool = True
    titles: str = "question"
    """The source of titles: `question` (the first question) or `model` (after its first answer)."""
    side_panel: bool = True
    """Whether a wide terminal shows the conversations beside the open one, until F9 changes it."""
    language: str | None = None
    """The language of the interface; None for that of the locale."""
