"""Dialogs of the memory: its text, and a line to add."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from tui_chat.core.labels import N_, _
from tui_chat.core.text.sanitize import sanitize, sanitize_line
from tui_chat.ui.common.modal import Modal
from tui_chat.ui.common.search_input import SearchInput
from tui_chat.ui.settings.text_editor import TextEditor

if TYPE_CHECKING:
    from textual.app import ComposeResult

LONGEST_MEMORY: Final = 20_000
"""Characters that may be sent with every question."""
_LONGEST_LINE: Final = 500


@dataclass(frozen=True, slots=True)
class MemoryChange:
    """The changes that the user made."""

    text: str | None
    """The new text; None if it stays."""
    is_on: bool
    """True if the memory is sent in this conversation."""


class MemoryEditor(TextEditor[MemoryChange]):
    """Shows the memory of a profile, and whether this conversation sends it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "ctrl+g",
            "switch",
            N_("send it or not"),
            id="memory.switch",
            priority=True,
            tooltip=N_("Send the memory in this conversation, or stop sending it"),
        ),
    ]

    def __init__(self, text: str, *, profile: str, file: str, is_on: bool) -> None:
        """Create the dialog.

        Args:
            text: The memory.
            profile: The profile that uses it.
            file: The name of the file.
            is_on: Whether this conversation sends it.
        """
        title = _("Memory of {profile} · {file}")
        super().__init__(
            text,
            title=title.format(profile=sanitize_line(profile, 24), file=sanitize_line(file, 60)),
            hint=state_hint(is_on=is_on),
            most=LONGEST_MEMORY,
        )
        self._is_on = is_on

    def key_hints(self) -> str:
        """Return the keys of the dialog."""
        return _("^S keep   ^G send it or not   Esc back")

    def kept(self, text: str) -> MemoryChange:
        """Return the new text."""
        return MemoryChange(text, self._is_on)

    def unchanged(self) -> MemoryChange:
        """Return the switch alone."""
        return MemoryChange(None, self._is_on)

    def action_switch(self) -> None:
        """Send the memory in this conversation, or stop sending it."""
        self._is_on = not self._is_on
        self.tell(state_hint(is_on=self._is_on))


class AddMemory(Modal[str]):
    """Asks for a line; the result is None if the user cancels."""

    DEFAULT_CSS = """
    AddMemory {
        SearchInput { padding: 0; }
        #hint { color: $text-muted; margin-top: 1; }
    }
    """

    def __init__(self, text: str, hint: str) -> None:
        """Create the dialog.

        Args:
            text: The text of a message, as a beginning.
            hint: What happens with the line.
        """
        super().__init__()
        self._input = SearchInput(id="memory-line")
        self._input.placeholder = _("A line to remember")
        self._input.value = sanitize_line(text, _LONGEST_LINE)
        self._hint = hint

    def compose(self) -> ComposeResult:
        """Build the panel."""
        with Vertical(id="panel") as panel:
            panel.border_title = _("Add to the memory")
            panel.border_subtitle = _("Enter add   Esc cancel")
            yield self._input
            yield Static(Content(sanitize(self._hint)), id="hint", markup=False)

    def on_mount(self) -> None:
        """Focus the input."""
        self._input.focus()

    @on(Input.Submitted)
    def _add(self, event: Input.Submitted) -> None:
        event.stop()
        self.dismiss(" ".join(event.value.split()) or None)


def state_hint(*, is_on: bool) -> str:
    """Return whether the memory is sent in this conversation."""
    if is_on:
        return _("It is sent with each question of this conversation.")
    return _("It is not sent in this conversation.")
