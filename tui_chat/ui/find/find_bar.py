"""The search bar of the open conversation (Ctrl+F)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message as TextualMessage
from textual.widgets import Input, Static

from tui_chat.core.labels import N_, _
from tui_chat.ui.common.search_input import SearchInput

if TYPE_CHECKING:
    from textual.app import ComposeResult


class FindInput(SearchInput):
    """The search field."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "step(1)", N_("next"), id="find.next", tooltip=N_("Next match")),
        Binding("up", "step(-1)", N_("previous"), id="find.previous", tooltip=N_("Previous match")),
        Binding(
            "enter",
            "accept",
            N_("go to"),
            id="find.accept",
            tooltip=N_("Go to the match; then n and N"),
        ),
        Binding(
            "escape", "close", N_("back"), id="find.close", tooltip=N_("Close the search; go back")
        ),
    ]

    def action_step(self, step: int) -> None:
        """Go to the next match or the one before."""
        self.post_message(FindBar.Wanted("next" if step > 0 else "previous"))

    def action_accept(self) -> None:
        """Focus the message of the match."""
        self.post_message(FindBar.Wanted("accept"))

    def action_close(self) -> None:
        """Close the search and go back."""
        self.post_message(FindBar.Wanted("close"))


class FindBar(Horizontal):
    """The line above the prompt during a search."""

    DEFAULT_CSS = """
    FindBar {
        height: 1;
        display: none;
        padding: 0 1;
        & > #find-label { width: auto; color: $text-accent; }
        & > #find-input { width: 1fr; }
        & > #find-count { width: auto; color: $text-muted; }
    }
    """

    @dataclass
    class Wanted(TextualMessage):
        """Requests an action of the search."""

        action: str
        """`search`, `next`, `previous`, `accept` or `close`."""

    def __init__(self) -> None:
        super().__init__()
        self.input = FindInput(id="find-input")
        self.input.placeholder = _("in this conversation")
        self._count = Static("", id="find-count", markup=False)

    def compose(self) -> ComposeResult:
        """Build the line."""
        yield Static(_("Find"), id="find-label", markup=False)
        yield self.input
        yield self._count

    def show_count(self, text: str) -> None:
        """Show the number of matches."""
        self._count.update(Content(text))

    @on(Input.Changed)
    def _search(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(self.Wanted("search"))
