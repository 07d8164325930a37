"""The line in which a schema is named, written or pasted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tui_chat.core.text.sanitize import sanitize_line
from tui_chat.ui.common.line_input import LineInput

if TYPE_CHECKING:
    from textual import events

_LONGEST: Final = 2_000_000
"""Characters of a schema that is pasted."""
_SHOWN: Final = 1_000
"""Characters that stand in the line; a longer paste is named instead."""


class SchemaInput(LineInput):
    """One line; a paste of many lines stands in it by name, and counts letter for letter."""

    def __init__(self, placeholder: str, id: str) -> None:  # noqa: A002 - as Textual calls it
        super().__init__(placeholder=placeholder, id=id, longest=_SHOWN)
        self._pasted = ""
        self._pasted_as = ""

    @property
    def given(self) -> str:
        """What was written, or the paste that stands here by name."""
        return self._pasted if self.is_paste else self.value

    @property
    def is_paste(self) -> bool:
        """Whether what stands here is the name of a paste."""
        return bool(self._pasted) and self.value == self._pasted_as

    def on_paste(self, event: events.Paste) -> None:
        """Take a paste of several lines as a schema, shown by its size."""
        # Textual's own handler takes the first line only, control characters and all.
        event.prevent_default()
        event.stop()
        text = event.text.strip()
        lines = text.count("\n") + 1
        if self.value.strip() and not self.is_paste and self.selected_text != self.value:
            self.insert_text_at_cursor(sanitize_line(text, _SHOWN))
        elif lines == 1 and len(text) <= _SHOWN:
            self.value = sanitize_line(text)
            self.cursor_position = len(self.value)
        elif text:
            size = f"{lines:,} lines" if lines > 1 else f"{len(text):,} characters"
            self._pasted, self._pasted_as = text[:_LONGEST], f"what was pasted ({size})"
            self.value = self._pasted_as
            self.cursor_position = len(self.value)
