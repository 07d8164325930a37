"""Input line for the name, shorthand or text of a schema."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tui_chat.core.labels import _, ngettext
from tui_chat.core.text.sanitize import sanitize_line
from tui_chat.ui.common.line_input import LineInput

if TYPE_CHECKING:
    from textual import events

_LONGEST: Final = 2_000_000
"""Limit for a pasted schema, in characters."""
_SHOWN: Final = 1_000
"""Characters shown in the line; a longer paste is shown by its size."""


class SchemaInput(LineInput):
    """A single-line input that keeps a multi-line paste verbatim and shows its size instead."""

    def __init__(self, placeholder: str, id: str) -> None:  # noqa: A002 - as Textual calls it
        super().__init__(placeholder=placeholder, id=id, longest=_SHOWN)
        self._pasted = ""
        self._pasted_as = ""

    @property
    def given(self) -> str:
        """The typed text, or the complete paste."""
        return self._pasted if self.is_paste else self.value

    @property
    def is_paste(self) -> bool:
        """True if the line shows the size of a paste."""
        return bool(self._pasted) and self.value == self._pasted_as

    def on_paste(self, event: events.Paste) -> None:
        """Accept a paste; several lines are shown by their size."""
        # Textual's handler keeps only the first line, with control characters.
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
            size = ngettext("{count} character", "{count} characters", len(text))
            if lines > 1:
                size = ngettext("{count} line", "{count} lines", lines)
            self._pasted, self._pasted_as = (
                text[:_LONGEST],
                _("pasted text ({size})").format(size=size),
            )
            self.value = self._pasted_as
            self.cursor_position = len(self.value)
