"""Small dialogs of the settings: a list of choices, and a value to enter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from tui_chat.core.errors import ConfigError
from tui_chat.core.labels import N_, _
from tui_chat.core.text.sanitize import sanitize, sanitize_line
from tui_chat.ui.common.line_input import LONGEST_PATH, LineInput
from tui_chat.ui.common.modal import Modal
from tui_chat.ui.terminal.painting.size_updates import WrappedText
from tui_chat.ui.theme import SCROLL_BAR

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual.app import ComposeResult


class Entered(Protocol):
    """A value that a user enters."""

    @property
    def title(self) -> str:
        """The name of the value, before translation."""

    @property
    def tooltip(self) -> str:
        """An explanation in one line, before translation."""

    def parsed(self, text: str) -> Any:
        """Return the value of a text.

        Raises:
            ConfigError: It is invalid.
        """


class ChoiceList(Modal[str]):
    """A filtered list; each highlighted choice is previewed."""

    DEFAULT_CSS = f"""
    ChoiceList {{
        #panel {{ width: 44; }}
        #filter {{ border: none; height: 1; padding: 0; background: transparent; }}
        OptionList {{
            height: auto; max-height: 60vh; border: none; padding: 0; margin-top: 1;
            background: transparent; {SCROLL_BAR}
        }}
    }}
    """
    previews_theme: ClassVar[bool] = True

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "move(1)", N_("down"), show=False, priority=True),
        Binding("up", "move(-1)", N_("up"), show=False, priority=True),
        Binding("pagedown", "move(10)", N_("page down"), show=False, priority=True),
        Binding("pageup", "move(-10)", N_("page up"), show=False, priority=True),
    ]

    def __init__(
        self,
        title: str,
        choices: Sequence[tuple[str, str]],
        current: str,
        preview: Callable[[str], None],
    ) -> None:
        """Create the dialog.

        Args:
            title: The title of the panel.
            choices: Values and their labels.
            current: The value to begin with.
            preview: Called with each highlighted value.
        """
        super().__init__()
        self._title = title
        self._choices = list(choices)
        self._current = current
        self._preview = preview
        self._filter = LineInput(placeholder=_("Filter"), id="filter")
        self._list = OptionList(id="choices", markup=False)
        self._list.can_focus = False

    def compose(self) -> ComposeResult:
        """Compose the panel."""
        with Vertical(id="panel") as panel:
            panel.border_title = self._title
            panel.border_subtitle = _("Enter keep   Esc back")
            yield self._filter
            yield self._list

    def on_mount(self) -> None:
        """List all choices."""
        self._filter.focus()
        self._show()

    def action_move(self, step: int) -> None:
        """Move the highlight."""
        if self._list.option_count:
            at = (self._list.highlighted or 0) + step
            self._list.highlighted = max(0, min(self._list.option_count - 1, at))

    @on(Input.Changed)
    def _show(self) -> None:
        wanted = self._filter.value.strip().casefold()
        shown = [it for it in self._choices if wanted in it[1].casefold()]
        self._list.clear_options()
        self._list.add_options(Option(sanitize_line(label, 60), id=it) for it, label in shown)
        values = [it for it, _label in shown]
        at = values.index(self._current) if self._current in values else 0
        self._list.highlighted = at if shown else None

    @on(OptionList.OptionHighlighted)
    def _show_preview(self) -> None:
        option = self._list.highlighted_option
        if option is not None and option.id is not None and not self.is_dismissed:
            self._preview(option.id)

    def action_close(self) -> None:
        """Close with the value as it was."""
        self._preview(self._current)
        self.dismiss(None)

    @on(OptionList.OptionSelected)
    @on(Input.Submitted)
    def _choose(self) -> None:
        option = self._list.highlighted_option
        if option is not None and option.id is not None:
            self._preview(option.id)
            self.dismiss(option.id)


class ValueInput(Modal[str]):
    """One value to enter."""

    DEFAULT_CSS = """
    ValueInput {
        #panel { width: 60; }
        #value { border: none; height: 1; padding: 0; background: transparent; }
        #told { color: $text-muted; height: auto; margin-top: 1; }
        &.refused #told { color: $text-warning; }
    }
    """

    def __init__(self, row: Entered, current: str) -> None:
        super().__init__()
        self._row = row
        self._input = LineInput(id="value", longest=LONGEST_PATH)
        self._input.value = current
        self._told = WrappedText("", id="told", markup=False)

    def compose(self) -> ComposeResult:
        """Compose the panel."""
        with Vertical(id="panel") as panel:
            panel.border_title = _(self._row.title)
            panel.border_subtitle = _("Enter keep   Esc back")
            yield self._input
            yield self._told

    def on_mount(self) -> None:
        """Explain the value."""
        self._input.focus()
        self._told.update(Content(_(self._row.tooltip)))

    @on(Input.Submitted)
    def _keep(self) -> None:
        text = self._input.value
        try:
            self._row.parsed(text)
        except ConfigError as error:
            self.add_class("refused")
            self._told.update(Content(sanitize(error.message)))
        else:
            self.dismiss(text)
