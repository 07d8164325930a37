"""Small dialogs of the settings: a list of choices, and a value to enter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from textual import on
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from tui_chat.core.errors import ConfigError
from tui_chat.core.labels import _
from tui_chat.core.text.sanitize import sanitize, sanitize_line
from tui_chat.ui.common.filtered_list import FilteredList
from tui_chat.ui.common.line_input import LONGEST_PATH, LineInput
from tui_chat.ui.common.modal import Modal
from tui_chat.ui.terminal.painting.size_updates import WrappedText

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


class ChoiceList(FilteredList[str]):
    """A filtered list; each highlighted choice is previewed."""

    DEFAULT_CSS = """
    ChoiceList {
        #panel { width: 44; }
        OptionList { max-height: 60vh; }
    }
    """
    previews_theme: ClassVar[bool] = True

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
        super().__init__(title, _("Enter keep   Esc back"))
        self._all = list(choices)
        self._current = current
        self._preview = preview

    def show_matching(self, wanted: str) -> None:
        """List the choices; the current value is highlighted."""
        shown = [it for it in self._all if wanted in it[1].casefold()]
        self.choices.clear_options()
        self.choices.add_options(Option(sanitize_line(label, 60), id=it) for it, label in shown)
        values = [it for it, _label in shown]
        at = values.index(self._current) if self._current in values else 0
        self.choices.highlighted = at if shown else None

    @on(OptionList.OptionHighlighted)
    def _show_preview(self) -> None:
        if self.highlighted_id is not None and not self.is_dismissed:
            self._preview(self.highlighted_id)

    def action_close(self) -> None:
        """Close with the value as it was."""
        self._preview(self._current)
        self.dismiss(None)

    @on(OptionList.OptionSelected)
    @on(Input.Submitted)
    def _choose(self) -> None:
        chosen = self.highlighted_id
        if chosen is not None:
            self._preview(chosen)
            self.dismiss(chosen)


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
