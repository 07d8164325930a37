"""Base of the dialogs of values: a row each, above an explanation of the highlighted one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Vertical
from textual.widgets import OptionList

from tui_chat.ui.common.modal import Modal
from tui_chat.ui.terminal.painting.size_updates import WrappedText
from tui_chat.ui.theme import SCROLL_BAR

if TYPE_CHECKING:
    from textual.app import ComposeResult


class RowsDialog(Modal[None]):
    """Rows of titles and values. Subclasses fill `_list` and explain its rows in `_told`."""

    DEFAULT_CSS = f"""
    RowsDialog {{
        OptionList {{
            height: auto; max-height: 60vh; border: none; padding: 0; background: transparent;
            text-wrap: nowrap; text-overflow: ellipsis; {SCROLL_BAR}
        }}
        OptionList:focus {{ border: none; }}
        OptionList:focus > .option-list--option-highlighted {{
            background: $block-cursor-blurred-background; color: $foreground; text-style: none;
        }}
        #told {{ height: auto; min-height: 2; color: $text-muted; margin-top: 1; }}
        &.refused #told {{ color: $text-warning; }}
    }}
    """

    def __init__(self, title: str) -> None:
        super().__init__()
        self._title = title
        self._list = OptionList(id="rows", markup=False)
        self._told = WrappedText("", id="told", markup=False)

    def compose(self) -> ComposeResult:
        """Compose the panel."""
        with Vertical(id="panel") as panel:
            panel.border_title = self._title
            yield self._list
            yield self._told
