"""Ctrl+F: a line to write into what is looked for in this conversation, and how much is found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message as TextualMessage
from textual.widgets import Input, Static

from tui_chat.ui.common.search_input import SearchInput

if TYPE_CHECKING:
    from textual.app import ComposeResult


class FindInput(SearchInput):
    """Where the words are written."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "step(1)", "next", id="find.next", tooltip="The next match"),
        Binding("up", "step(-1)", "before", id="find.previous", tooltip="The match before"),
        Binding("enter", "accept", "to it", id="find.accept", tooltip="To the match; n, N go on"),
        Binding("escape", "close", "back", id="find.close", tooltip="Back to where you were"),
    ]

    def action_step(self, step: int) -> None:
        """Go to the next match or the one before."""
        self.post_message(FindBar.Wanted("next" if step > 0 else "previous"))

    def action_accept(self) -> None:
        """Go to the message of the match."""
        self.post_message(FindBar.Wanted("accept"))

    def action_close(self) -> None:
        """Go back."""
        self.post_message(FindBar.Wanted("close"))


class FindBar(Horizontal):
    """The line above the prompt while something is looked for."""

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
        """The person wants something of the search."""

        action: str
        """`look`, `next`, `previous`, `accept` or `close`."""

    def __init__(self) -> None:
        super().__init__()
        self.input = FindInput(id="find-input")
        self.input.placeholder = "in this conversation"
        self._count = Static("", id="find-count", markup=False)

    def compose(self) -> ComposeResult:
        """Build the line."""
        yield Static("Find", id="find-label", markup=False)
        yield self.input
        yield self._count

    def tell(self, words: str) -> None:
        """Say how much is found."""
        self._count.update(Content(words))

    @on(Input.Changed)
    def _look(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(self.Wanted("look"))
