"""Dialogs that list choices: moving the highlight, and a filter that keeps the focus."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final, TypeVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, OptionList

from tui_chat.core.labels import N_, _
from tui_chat.ui.common.line_input import LineInput
from tui_chat.ui.common.modal import Modal
from tui_chat.ui.theme import SCROLL_BAR

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.app import ComposeResult
    from textual.widget import Widget

ResultT = TypeVar("ResultT")

MOVE_BINDINGS: Final[tuple[Binding, ...]] = (
    Binding("down", "move(1)", N_("down"), show=False, priority=True),
    Binding("up", "move(-1)", N_("up"), show=False, priority=True),
    Binding("pagedown", "move(10)", N_("page down"), show=False, priority=True),
    Binding("pageup", "move(-10)", N_("page up"), show=False, priority=True),
)
"""Keys that move the highlight while a filter has the focus."""


def move_highlight(choices: OptionList, step: int) -> None:
    """Move the highlight of a list by some rows; it stops at the first and the last one."""
    if last := choices.option_count:
        choices.highlighted = max(0, min(last - 1, (choices.highlighted or 0) + step))


class FilteredList(Modal[ResultT]):
    """A panel with a filter above a list. Subclasses fill the list in `show_matching`."""

    DEFAULT_CSS = f"""
    FilteredList {{
        #filter {{ border: none; height: 1; padding: 0; background: transparent; }}
        OptionList {{
            height: auto; border: none; padding: 0; margin-top: 1;
            background: transparent; text-wrap: nowrap; text-overflow: ellipsis; {SCROLL_BAR}
        }}
    }}
    """

    BINDINGS: ClassVar[list[BindingType]] = [*MOVE_BINDINGS]

    def __init__(self, title: str, hint: str, *, placeholder: str | None = None) -> None:
        """Create the dialog.

        Args:
            title: The title of the panel.
            hint: The keys, shown below it.
            placeholder: The text of the empty filter.
        """
        super().__init__()
        self._title = title
        self._hint = hint
        self._filter = LineInput(placeholder=placeholder or _("Filter"), id="filter")
        self.choices = OptionList(id="choices", markup=False)
        self.choices.can_focus = False

    def compose(self) -> ComposeResult:
        """Compose the panel."""
        with Vertical(id="panel") as panel:
            panel.border_title = self._title
            panel.border_subtitle = self._hint
            yield self._filter
            yield self.choices
            yield from self.below()

    def below(self) -> Iterable[Widget]:
        """Return the widgets below the list."""
        return ()

    def on_mount(self) -> None:
        """List all choices."""
        self._filter.focus()
        self._show_matching()

    def show_matching(self, wanted: str) -> None:
        """List the choices that contain a text; it is casefolded, and empty for all of them."""
        raise NotImplementedError

    @property
    def highlighted_id(self) -> str | None:
        """The id of the highlighted choice; None if there is none."""
        option = self.choices.highlighted_option
        return option.id if option is not None else None

    def action_move(self, step: int) -> None:
        """Move the highlight."""
        move_highlight(self.choices, step)

    @on(Input.Changed)
    def _show_matching(self) -> None:
        self.show_matching(self._filter.value.strip().casefold())
