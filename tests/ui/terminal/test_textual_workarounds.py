"""Clicks and keys that do not match a layout, and workers that never began."""

from __future__ import annotations

import gc
import warnings
from typing import TYPE_CHECKING

import pytest
from rich.style import Style
from textual import events
from textual.app import App
from textual.document._document import Document
from textual.document._wrapped_document import WrappedDocument
from textual.widgets import OptionList

from tests.catalogs import bracketed_texts
from tests.ui.bare import strips_of, until
from tui_chat.ui.terminal.terminal_app import TerminalApp
from tui_chat.ui.terminal.textual_workarounds import (
    SafePalette,
    TidyWorkers,
    slice_wrapped_lines,
)

if TYPE_CHECKING:
    from pathlib import Path

    from textual.app import ComposeResult

_stock_sections = WrappedDocument.get_sections


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


@pytest.mark.parametrize("key", ["pageup", "pagedown", "up", "down", "home", "end", "enter"])
async def test_a_key_in_a_list_without_columns_is_ignored(key: str) -> None:
    app = Lists()
    async with app.run_test() as pilot:
        options = app.query_one(OptionList)
        options.focus()
        options.highlighted = 1
        options.styles.width = 0
        await until(pilot, lambda: not options.size.width)
        await pilot.press(key)
        assert app.return_code is None


async def test_a_click_that_a_resize_moved_out_of_the_screen_is_ignored() -> None:
    app = Lists()
    async with app.run_test(size=(20, 5)) as pilot:
        await app.push_screen(palette := SafePalette())
        await pilot.pause()
        palette.post_message(events.Click(palette, 73, 2, 0, 0, 1, False, False, False, 73, 2))
        await pilot.pause()
        assert app.return_code is None
        assert app.screen is palette
        # A click beside the panel still closes it.
        palette.post_message(events.Click(palette, 1, 0, 0, 0, 1, False, False, False, 1, 0))
        await pilot.pause()
        assert app.screen is not palette


class TidyApp(App[None]):
    """An app with workers of ours."""

    def __init__(self) -> None:
        super().__init__()
        self._workers = TidyWorkers(self)


async def _work() -> None:
    raise AssertionError("It was cancelled before it began")


async def test_a_worker_that_never_began_leaves_no_warning() -> None:
    app = TidyApp()
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        async with app.run_test() as pilot:
            worker = app.run_worker(_work(), exit_on_error=False)
            worker.cancel()
            await pilot.pause()
        gc.collect()
    assert [
        str(warning.message) for warning in found if "never awaited" in str(warning.message)
    ] == []


async def test_the_texts_of_textual_are_looked_up(tmp_path: Path) -> None:
    def text() -> str:
        return "\n".join(strip.text for strip in strips_of(app.screen))

    app = Lists()
    async with app.run_test(size=(160, 24), notifications=True) as pilot:
        with bracketed_texts():
            app.push_screen(SafePalette(providers=[]))
            await pilot.press("x")
            await until(pilot, lambda: "⟦No matches found⟧" in text())
            await app.pop_screen()
            app.deliver_screenshot("a[b].svg", str(tmp_path))
            await until(pilot, lambda: "⟦Saved" in text())
            app.deliver_screenshot("b.svg", str(tmp_path / "missing"))
            await until(pilot, lambda: "⟦Nothing was saved: " in text())
    assert (tmp_path / "a[b].svg").exists()


@pytest.mark.parametrize("width", [0, 1, 2, 5, 80])
@pytest.mark.parametrize(
    "text", ["", "abc", "a\tb", "one two 你好 " * 40, "x" * 200, "👩‍🚀e\u0301" * 9]
)
def test_the_rows_of_a_long_line_are_those_of_textual(text: str, width: int) -> None:
    document = WrappedDocument(Document(text), width=width)
    wanted = _stock_sections(document, 0)
    slice_wrapped_lines()
    assert document.get_sections(0) == wanted
    assert "".join(wanted) == text
