"""A click on a row whose option is gone does nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from rich.style import Style
from textual import events
from textual.widgets import OptionList

from tui_chat.ui.terminal.terminal_app import TerminalApp

if TYPE_CHECKING:
    from textual.app import ComposeResult


class Lists(TerminalApp):
    selected: tuple[int, ...] = ()

    def compose(self) -> ComposeResult:
        yield OptionList("one", "two")

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        self.selected += (event.option_index,)


@pytest.mark.parametrize(("number", "selected"), [(1, (1,)), (2, ()), (99, ()), (None, ())])
async def test_a_click_selects_only_what_is_there(
    number: int | None, selected: tuple[int, ...]
) -> None:
    app = Lists()
    async with app.run_test() as pilot:
        meta = {} if number is None else {"option": number}
        options = app.query_one(OptionList)
        # As Textual sends it when the row was painted with more options.
        options.post_message(
            events.Click(options, 1, 1, 0, 0, 1, False, False, False, style=Style(meta=meta))
        )
        await pilot.pause()
        assert app.selected == selected
        assert app.return_code is None
