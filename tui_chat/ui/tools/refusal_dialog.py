"""Dialog that asks for the reason of a refused tool call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from textual import on
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from tui_chat.core.labels import _
from tui_chat.ui.common.line_input import LineInput
from tui_chat.ui.common.modal import Modal

if TYPE_CHECKING:
    from textual.app import ComposeResult

_LONGEST: Final = 1_000


class RefusalDialog(Modal[str]):
    """Returns the reason, possibly empty; None if the call waits on."""

    DEFAULT_CSS = """
    RefusalDialog {
        LineInput, LineInput:focus {
            border: none; height: 1; padding: 0; background: transparent;
        }
        #hint { color: $text-muted; margin-top: 1; }
    }
    """

    def __init__(self, title: str) -> None:
        """Create the dialog.

        Args:
            title: Server and tool, sanitized.
        """
        super().__init__()
        self._title_text = title
        self._input = LineInput(placeholder=_("Reason, for the model"), longest=_LONGEST)

    def compose(self) -> ComposeResult:
        """Build the panel."""
        with Vertical(id="panel") as panel:
            panel.border_title = Content(_("Refuse {tool}").format(tool=self._title_text))
            yield self._input
            yield Static(
                Content(_("Enter refuses, with or without a reason   Esc lets the call wait")),
                id="hint",
                markup=False,
            )

    def on_mount(self) -> None:
        """Focus the input."""
        self._input.focus()

    @on(Input.Submitted)
    def _refuse(self, event: Input.Submitted) -> None:
        event.stop()
        self.dismiss(event.value.strip())
