"""The prompt with the lines around it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Horizontal
from textual.widgets import Static

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from tui_chat.ui.widgets.prompt_input import PromptInput


class PromptBox(Horizontal):
    """Holds the prompt between two lines; the upper one tells what lies below the messages seen."""

    DEFAULT_CSS = """
    PromptBox {
        height: auto;
        padding: 0 1;
        border-top: solid $foreground 20%;
        border-bottom: solid $foreground 20%;
        border-title-align: right;
        border-title-color: $text-accent;
        & > #prompt-mark { width: 2; color: $accent; }
    }
    """

    def __init__(self, prompt: PromptInput) -> None:
        super().__init__(id="prompt-box")
        self._prompt = prompt

    def compose(self) -> ComposeResult:
        """Build the mark and the prompt."""
        yield Static("›", id="prompt-mark", markup=False)
        yield self._prompt
