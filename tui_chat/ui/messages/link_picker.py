"""Dialog that lists the links of a message with their targets."""

from __future__ import annotations

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
from tui_chat.ui.common.key_names import live_keys
from tui_chat.ui.common.modal import Modal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult

    from tui_chat.ui.markdown.document import DocumentLink

_KEYS: Final = (
    ("links.open", N_("open")),
    ("links.copy", N_("copy")),
    ("modal.close", N_("close")),
)
_LONGEST_TEXT: Final = 200
_LONGEST_TARGET: Final = 2_083


class LinkPicker(Modal[str]):
    """Lists links; returns the target to open, or None."""

    DEFAULT_CSS = """
    LinkPicker > #panel { border-subtitle-color: $foreground 60%; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "enter", "open", N_("open"), id="links.open", tooltip=N_("Open the link"), priority=True
        ),
        Binding("y", "copy", N_("copy"), id="links.copy", tooltip=N_("Copy the address")),
        Binding("j", "move(1)", "down", id="links.down", show=False),
        Binding("k", "move(-1)", "up", id="links.up", show=False),
        Binding("q,l", "close", "close", id="links.close", show=False),
    ]

    def __init__(self, links: Sequence[DocumentLink]) -> None:
        """Create the dialog.

        Args:
            links: At least one.
        """
        super().__init__()
        self._links = links
        self._list = OptionList(id="panel", markup=False)

    def compose(self) -> ComposeResult:
        """Build the dialog."""
        self._list.border_title = _("Links")
        yield self._list

    def on_mount(self) -> None:
        """List the links."""
        self._list.add_options(Option(_content(link)) for link in self._links)
        self._list.highlighted = 0
        self._list.focus()
        keys = live_keys(self)
        hints = [f"{keys[key]} {_(label)}" for key, label in _KEYS if key in keys]
        self._list.border_subtitle = "   ".join(hints)

    @on(OptionList.OptionSelected)
    def _select(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.dismiss(self._links[event.option_index].target)

    def action_open(self) -> None:
        """Return the highlighted link."""
        self.dismiss(self._target)

    def action_copy(self) -> None:
        """Copy the address of the highlighted link."""
        self.post_message(CopyWanted(self._target, CopyKind.ADDRESS))

    def action_move(self, step: int) -> None:
        """Move the highlight."""
        move_highlight(self._list, step)

    @property
    def _target(self) -> str:
        return self._links[self._list.highlighted or 0].target


def _content(link: DocumentLink) -> Content:
    text = sanitize_line(link.words, _LONGEST_TEXT)
    target = sanitize_line(link.target, _LONGEST_TARGET)
    if text == target or not text:
        return Content(target)
    return Content.assemble(text, "\n", ("  " + target, "$foreground 60%"))
