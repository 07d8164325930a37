"""Kill ring: the text that Ctrl+W, Ctrl+U, Ctrl+K or Alt+D deleted last, for Ctrl+Y."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Hashable


class KillRing:
    """Keeps deleted text; consecutive deletions are joined, as in readline."""

    def __init__(self) -> None:
        self.text = ""
        self._after: Hashable = None

    def add(self, text: str, *, is_before: bool, state: Hashable, after: Hashable) -> None:
        """Keep a deleted text.

        Args:
            text: The text; nothing happens if it is empty.
            is_before: Whether it was in front of the cursor.
            state: The text of the field and its cursor before the deletion.
            after: The same after it.
        """
        if not text:
            return
        if state != self._after:
            self.text = text
        else:
            self.text = text + self.text if is_before else self.text + text
        self._after = after
