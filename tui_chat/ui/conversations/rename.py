"""F2: another title for a conversation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from tui_chat.core.text.sanitize import sanitize_line
from tui_chat.ui.common.modal import Modal
from tui_chat.ui.common.search_input import SearchInput

if TYPE_CHECKING:
    from textual.app import ComposeResult


class Rename(Modal[str]):
    """Asks for a title; ends with it, or with None when it stays as it is."""

    DEFAULT_CSS = """
    Rename {
        SearchInput { padding: 0; }
        #hint { color: $text-muted; margin-top: 1; }
    }
    """

    def __init__(self, title: str) -> None:
        super().__init__()
        self._input = SearchInput(id="new-title")
        self._input.placeholder = "Title"
        self._input.value = sanitize_line(title, 200)

    def compose(self) -> ComposeResult:
        """Build the panel."""
        with Vertical(id="panel") as panel:
            panel.border_title = "Rename"
            yield self._input
            yield Static(
                Content("Enter save   Esc leave it   #words in it are tags"),
                id="hint",
                markup=False,
            )

    def on_mount(self) -> None:
        """Let the person write."""
        self._input.focus()

    @on(Input.Submitted)
    def _save(self, event: Input.Submitted) -> None:
        event.stop()
        self.dismiss(event.value.strip() or None)
