"""The files of a draft as the prompt sees them."""

from __future__ import annotations

from typing import Protocol


class DraftFiles(Protocol):
    """Takes files from pastes, and gives them back."""

    async def take_paste(self, text: str) -> bool:
        """Attach the files that a paste names; return False if it is text."""

    async def take_picture(self) -> bool:
        """Attach the picture in the clipboard; return False if there is none."""

    def remove_last(self) -> bool:
        """Remove the last file; return False if there is none."""

    def last_as_text(self) -> str:
        """Remove the last file and return its path; empty if there is none."""


class NoFiles:
    """Takes nothing: before the conversations are open, pastes are text."""

    async def take_paste(self, text: str) -> bool:
        """Leave every paste to the prompt."""
        return False

    async def take_picture(self) -> bool:
        """Find no picture."""
        return False

    def remove_last(self) -> bool:
        """Find nothing to remove."""
        return False

    def last_as_text(self) -> str:
        """Find nothing to return."""
        return ""
