from __future__ import annotations

from typing import Any

import pytest
from textual.containers import VerticalScroll
from textual.widgets import Static

from tests.ui.bare import BareApp
from tui_chat.ui.messages.message_markdown import MessageMarkdown
from tui_chat.ui.terminal.painting import size_updates
from tui_chat.ui.terminal.painting.size_updates import WrappedText


@pytest.mark.parametrize("kind", [WrappedText, MessageMarkdown])
async def test_a_second_change_counts_when_a_layout_came_between(
    kind: type[WrappedText] | type[MessageMarkdown],
) -> None:
    text = kind("one")
    app = BareApp(text)
    async with app.run_test(size=(40, 20)) as pilot:
        await pilot.pause()
        text.update("one\n\ntwo")
        app.screen._refresh_layout(app.size)
        text.update("one\n\ntwo\n\nthree")
        await pilot.pause()

        assert text.size.height == 5
        assert "three" in app.text


LONG = "a long line 天空 with [markup] " * 500


@pytest.mark.parametrize("width", [1, 2, 7, 40])
async def test_of_a_long_text_only_shown_rows_are_rendered(
    width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rendered: list[int] = []
    read = size_updates._Strips.__getitem__

    def counted(strips: Any, y: Any) -> Any:
        rendered.append(y)
        return read(strips, y)

    text = WrappedText(LONG, markup=False)
    stock = Static(LONG, markup=False)
    app = BareApp(VerticalScroll(text), VerticalScroll(stock))
    async with app.run_test(size=(width + 2, 20)) as pilot:
        await pilot.pause()
        monkeypatch.setattr(size_updates._Strips, "__getitem__", counted)
        text.refresh()
        await pilot.pause()
        app.text.splitlines()
        assert 0 < len(rendered) < 100
        assert text.size == stock.size
        shown = []
        for widget in (text, stock):
            plain = rows_of(widget)
            widget.text_select_all()
            await pilot.pause()
            shown.append((plain, rows_of(widget)))
        assert shown[0] == shown[1]
        assert shown[0][0] != shown[0][1]


def rows_of(widget: Static) -> list[Any]:
    """Return some rows of a widget with their styles."""
    return [list(widget.render_line(y)) for y in (0, 1, 5, widget.size.height - 1)]
