"""Base class of the screens that open over the chat."""

from __future__ import annotations

from typing import Any, ClassVar, TypeVar

from textual.await_complete import AwaitComplete
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

from tui_chat.core.labels import N_

ResultT = TypeVar("ResultT")


class ClosesOnce:
    """Dismisses its screen at most once.

    Textual (8.2) pops whatever screen is on top, so a second Enter or Esc would pop the screen
    below. Not a DOM node: Textual reads the styles of the first base class only.
    """

    is_dismissed = False

    def dismiss(self, result: Any = None) -> AwaitComplete:
        """Close with a result, unless this screen is closing already or not on top."""
        screen: Any = super()
        if self.is_dismissed or not screen.is_active:
            return AwaitComplete()
        self.is_dismissed = True
        closing: AwaitComplete = screen.dismiss(result)
        return closing


class Modal(ClosesOnce, ModalScreen[ResultT | None]):
    """A screen over the chat that Esc closes without a result.

    A modal cuts off the chat's own keys, so it needs its own Esc.
    """

    DEFAULT_CSS = """
    Modal {
        align: center middle;
        & > #panel {
            width: 90%;
            max-width: 90;
            height: auto;
            max-height: 85%;
            padding: 1 2;
            background: $surface;
            border: round $foreground 30%;
            border-title-color: $foreground;
        }
        & > #panel, OptionList, VerticalScroll {
            scrollbar-size-vertical: 1;
            scrollbar-color: $foreground 25%;
            scrollbar-color-hover: $foreground 40%;
            scrollbar-color-active: $foreground 40%;
            scrollbar-background: $surface;
            scrollbar-background-hover: $surface;
            scrollbar-background-active: $surface;
        }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "escape", "close", N_("close"), id="modal.close", priority=True, tooltip=N_("Close")
        ),
        # A modal cuts off the app's own keys.
        Binding("ctrl+q", "app.quit", N_("quit"), id="app.quit", show=False),
        Binding("f1", "app.help", N_("keys"), id="app.help", show=False),
    ]

    def action_close(self) -> None:
        """Close without a result."""
        self.dismiss(None)
