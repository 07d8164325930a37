"""The dialog that renames a conversation (F2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from tui_chat.core.labels import _
from tui_chat.core.text.sanitize import sanitize_line
from tui_chat.ui.common.modal import Modal
from tui_chat.ui.common.search_input import SearchInput

if TYPE_CHECKING:
    from textual.app import ComposeResult


class Rename(Modal[str]):
    """Asks for a title; the result is None if the user cancels."""

    DEFAULT_CSS = """
    Rename {
        SearchInput { padding: 0; }
        #hint { color: $text-muted; margin-top: 1; }
    }
    """

    def __init__(self, title: str) -> None:
        super().__init__()
        self._input = SearchInput(id="new-title")
        self._input.placeholder = _("Title")
        self._input.value = sanitize_line(title, 200)

    def compose(self) -> ComposeResult:
        """Build the panel."""
        with Vertical(id="panel") as panel:
            panel.border_title = _("Rename")
            yield self._input
            yield Static(
                Content(_("Enter save   Esc cancel   #words are tags")),
                id="hint",
                markup=False,
            )

    def on_mount(self) -> None:
        """Focus the input."""
        self._input.focus()

    @on(Input.Submitted)
    def _save(self, event: Input.Submitted) -> None:
        event.stop()
        self.dismiss(event.value.strip() or None)
