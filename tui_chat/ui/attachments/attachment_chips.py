"""The files of the draft, one row each, above the text of the prompt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from textual.content import Content
from textual.message import Message as TextualMessage

from tui_chat.core.labels import ngettext
from tui_chat.core.text.sanitize import sanitize_line
from tui_chat.ui.terminal.painting.size_updates import WrappedText

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events

    from tui_chat.ui.attachments.chip import Chip

_MOST_ROWS: Final = 5
_LONGEST_WARNING: Final = 300


class AttachmentChips(WrappedText):
    """Shows the files; a click on the mark at the left removes one."""

    DEFAULT_CSS = """
    AttachmentChips {
        height: auto;
        color: $text-accent;
        display: none;
        text-wrap: nowrap;
        text-overflow: ellipsis;
    }
    """

    @dataclass
    class Removed(TextualMessage):
        """The user clicked the mark that removes a file."""

        index: int

    def __init__(self) -> None:
        super().__init__(id="attachment-chips", markup=False)
        self._indexes: list[int | None] = []
        """The file of each row; None for rows that are not files."""

    def show(self, chips: Sequence[Chip], hint: str, warnings: Sequence[str] = ()) -> None:
        """Show the files.

        Args:
            chips: All files of the draft; only the last ones are shown if there are many.
            hint: The host and the keys.
            warnings: Notes about all of them.
        """
        self._indexes = []
        lines: list[Content] = []
        hidden = max(0, len(chips) - _MOST_ROWS)
        if hidden:
            lines.append(Content(ngettext("+ {count} more file", "+ {count} more files", hidden)))
            self._indexes.append(None)
        for index, chip in enumerate(chips[hidden:], hidden):
            lines.append(Content(f"× {chip.label}"))
            self._indexes.append(index)
            for warning in chip.warnings:
                text = f"  {sanitize_line(warning, _LONGEST_WARNING)}"
                lines.append(Content.styled(text, "$text-warning"))
                self._indexes.append(None)
        if chips:
            lines += [Content.styled(f"  {warning}", "$text-warning") for warning in warnings]
            lines.append(Content.styled(f"  {hint}", "$foreground 60%"))
        self.update(Content("\n").join(lines))
        self.display = bool(chips)

    def on_click(self, event: events.Click) -> None:
        """Remove the file whose mark was clicked."""
        event.stop()
        row = self._indexes[event.y] if 0 <= event.y < len(self._indexes) else None
        if row is not None and event.x < 2:
            self.post_message(self.Removed(row))
