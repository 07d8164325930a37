"""Dialog: the models that run on this machine; choose one, or download a better one."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from tui_chat.core.labels import N_, _
from tui_chat.ui.common.footer_line import KeyFooter
from tui_chat.ui.common.modal import Modal
from tui_chat.ui.local_models.model_rows import ModelRow, ModelRows, RowAction
from tui_chat.ui.terminal.painting.size_updates import WrappedText

if TYPE_CHECKING:
    from textual.app import ComposeResult

_ENTER: Final = {
    RowAction.USE: N_("use"),
    RowAction.GET: N_("download"),
    RowAction.STOP: N_("stop the download"),
}
_PANEL_ROWS: Final = 11
"""Border, padding, details and keys."""


class LocalModelsDialog(Modal[ModelRow]):
    """Lists installed models and the short list; the result is the chosen row."""

    DEFAULT_CSS = """
    LocalModelsDialog {
        OptionList, OptionList:focus {
            height: auto; border: none; padding: 0; background: transparent;
        }
        #details { color: $text-muted; height: 4; margin-top: 1; }
        #problem { color: $text-warning; height: auto; margin-top: 1; }
        KeyFooter { padding: 0; margin-top: 1; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", N_("choose"), id="local_models.choose", show=False),
    ]

    def __init__(self, rows: ModelRows) -> None:
        super().__init__()
        self._rows = rows
        self._list = OptionList(id="models", markup=False)
        self._details = WrappedText("", id="details", markup=False)
        self._footer = KeyFooter()
        self._by_option: dict[str, ModelRow] = {}

    def compose(self) -> ComposeResult:
        """Build the panel."""
        with Vertical(id="panel") as panel:
            panel.border_title = _("Models for this machine")
            yield self._list
            yield self._details
            if self._rows.problem:
                yield WrappedText(Content(self._rows.problem), id="problem", markup=False)
            yield self._footer

    def on_mount(self) -> None:
        """List the models and highlight the first one that can be chosen."""
        self._add(_("On this machine"), self._rows.installed)
        self._add(_("Better ones to download, from the Hugging Face hub"), self._rows.offered)
        self._list.focus()

    def on_resize(self) -> None:
        """Leave room for details and keys below a long list."""
        self._list.styles.max_height = max(3, self.size.height * 85 // 100 - _PANEL_ROWS)

    def action_choose(self) -> None:
        """Choose the highlighted row."""
        row = self._highlighted
        if row is not None and row.action is not RowAction.NOTHING:
            self.dismiss(row)

    def _add(self, heading: str, rows: tuple[ModelRow, ...]) -> None:
        if not rows:
            return
        self._list.add_option(Option(Content.styled(heading, "bold"), disabled=True))
        for row in rows:
            option_id = f"row-{len(self._by_option)}"
            self._by_option[option_id] = row
            self._list.add_option(Option(Content(row.title), id=option_id))
        if self._list.highlighted is None:
            self._list.highlighted = 1

    @property
    def _highlighted(self) -> ModelRow | None:
        option = self._list.highlighted_option
        return self._by_option.get(option.id or "") if option is not None else None

    @on(OptionList.OptionHighlighted)
    def _show_details(self) -> None:
        row = self._highlighted
        self._details.update(Content(row.details if row else ""))
        enter = _ENTER.get(row.action) if row else None
        keys = [("Enter", _(enter))] if enter else []
        self._footer.show([*keys, ("↑ ↓", _("move")), ("Esc", _("close"))])

    @on(OptionList.OptionSelected)
    def _select(self) -> None:
        self.action_choose()
