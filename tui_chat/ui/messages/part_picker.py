"""Dialog that lists the files and sources of a message: open, save, copy the address."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from tui_chat.core.labels import N_, _
from tui_chat.core.text.sanitize import sanitize_line
from tui_chat.ui.common.copying import CopyKind, CopyWanted
from tui_chat.ui.common.filtered_list import move_highlight
from tui_chat.ui.common.key_names import key_hints
from tui_chat.ui.common.modal import Modal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult

    from tui_chat.ui.messages.message_parts import MessagePart

_LONGEST_ADDRESS: Final = 200


class PartAction(Enum):
    """The action that the user chose for a part."""

    OPEN = auto()
    SAVE = auto()


@dataclass(frozen=True, slots=True)
class PartChoice:
    """The choice of the user."""

    part: MessagePart
    action: PartAction


class PartPicker(Modal[PartChoice]):
    """Lists parts; returns the chosen one, or None."""

    DEFAULT_CSS = """
    PartPicker > #panel { border-subtitle-color: $foreground 60%; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open", N_("open"), id="parts.open", tooltip=N_("Open it"), priority=True),
        Binding("s", "save", N_("save"), id="parts.save", tooltip=N_("Save it to a file")),
        Binding("y", "copy", N_("copy address"), id="parts.copy", tooltip=N_("Copy the address")),
        Binding("j", "move(1)", "down", id="parts.down", show=False),
        Binding("k", "move(-1)", "up", id="parts.up", show=False),
        Binding("q,a", "close", "close", id="parts.close", show=False),
    ]

    def __init__(self, parts: Sequence[MessagePart]) -> None:
        """Create the dialog.

        Args:
            parts: At least one.
        """
        super().__init__()
        self._parts = parts
        self._list = OptionList(id="panel", markup=False)

    def compose(self) -> ComposeResult:
        """Build the dialog."""
        self._list.border_title = _("Files and sources")
        yield self._list

    def on_mount(self) -> None:
        """List the parts."""
        self._list.add_options(Option(_content(part)) for part in self._parts)
        self._list.highlighted = 0
        self._list.focus()

    @on(OptionList.OptionHighlighted)
    def _show_keys(self) -> None:
        self.refresh_bindings()
        ids = ("parts.open", "parts.save", "parts.copy", "modal.close")
        self._list.border_subtitle = key_hints(self, ids)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Disable what the highlighted part does not offer."""
        is_stored = self._part.attachment is not None
        return {"save": is_stored, "copy": not is_stored}.get(action, True)

    @on(OptionList.OptionSelected)
    def action_open(self) -> None:
        """Return the highlighted part, to be opened."""
        self.dismiss(PartChoice(self._part, PartAction.OPEN))

    def action_save(self) -> None:
        """Return the highlighted part, to be saved."""
        self.dismiss(PartChoice(self._part, PartAction.SAVE))

    def action_copy(self) -> None:
        """Copy the address of the highlighted part."""
        self.post_message(CopyWanted(self._part.url, CopyKind.ADDRESS))

    def action_move(self, step: int) -> None:
        """Move the highlight."""
        move_highlight(self._list, step)

    @property
    def _part(self) -> MessagePart:
        return self._parts[self._list.highlighted or 0]


def _content(part: MessagePart) -> Content:
    title = Content(f"{part.mark} {part.name}")
    below = sanitize_line(part.url, _LONGEST_ADDRESS) if part.url else part.details
    if not below or below == part.name:
        return title
    return Content.assemble(title, "\n", (f"  {below}", "dim"))
