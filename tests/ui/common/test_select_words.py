"""Double and triple clicks, and drags over lines with two ends."""

from __future__ import annotations

import pytest
from textual.geometry import Offset
from textual.selection import SELECT_ALL
from textual.widgets.text_area import Selection as Range

from tests.ui.bare import BareApp, message
from tui_chat.core.conversation import MessageStatus, Role
from tui_chat.ui.common.select_words import word_at
from tui_chat.ui.common.title_line import TitleLine
from tui_chat.ui.messages.message_view import MessageView
from tui_chat.ui.prompt.prompt_input import PromptInput


@pytest.mark.parametrize(
    ("line", "position", "word"),
    [
        ("one two_3 four", 5, "two_3"),
        ("one two", 0, "one"),
        ("one two", 6, "two"),
        ("one  two", 3, ""),
        ("don't stop", 2, "don't"),
        ("well-known -x", 2, "well-known"),
        ("a == b", 2, "=="),
        ("看Python代码", 3, "Python"),
        ("看Python代码", 7, "代码"),
        ("Größe", 2, "Größe"),
        ("x", 9, ""),
        ("", 0, ""),
    ],
)
def test_the_word_at_a_position(line: str, position: int, word: str) -> None:
    start, end = word_at(line, position)
    assert line[start:end] == word


@pytest.mark.parametrize("role", [Role.ASSISTANT, Role.USER])
async def test_a_double_click_selects_a_word_and_a_triple_click_a_paragraph(role: Role) -> None:
    text = "first words here that wrap over more than one row of it\n\nsecond 天空 paragraph"
    view = MessageView(message(role, text))
    app = BareApp(view)
    async with app.run_test(size=(40, 20)) as pilot:
        await pilot.pause()
        body = view.query_one(".body")
        await pilot.double_click(body, offset=(2 + 8, 0))
        assert app.screen.get_selected_text() == "words"
        await pilot.triple_click(body, offset=(2 + 8, 0))
        assert app.screen.get_selected_text() == text.split("\n")[0]
        await pilot.triple_click(body, offset=(2 + 8, 3))
        assert app.screen.get_selected_text() == "second 天空 paragraph"
        await pilot.double_click(body, offset=(2 + 8, 3))
        assert app.screen.get_selected_text() == "天空"


async def test_a_double_click_on_a_link_does_not_open_it_twice() -> None:
    view = MessageView(message(content="see [the docs](https://a.example)"))
    app = BareApp(view)
    async with app.run_test(size=(40, 20)) as pilot:
        await pilot.pause()
        await pilot.double_click(view.query_one(".body"), offset=(2 + 9, 0))
        assert app.screen.get_selected_text() == "docs"


async def test_the_prompt_selects_words_and_lines() -> None:
    prompt = PromptInput()
    app = BareApp(prompt)
    async with app.run_test(size=(40, 20)) as pilot:
        prompt.set_draft("one two\nthree 天空 four")
        await pilot.pause()
        await pilot.double_click(prompt, offset=(5, 0))
        assert prompt.selected_text == "two"
        await pilot.double_click(prompt, offset=(7, 1))
        assert prompt.selected_text == "天空"
        await pilot.triple_click(prompt, offset=(2, 1))
        assert prompt.selection == Range((1, 0), (1, 13))
        await pilot.click(prompt, offset=(0, 0))
        assert prompt.selection.is_empty


async def test_a_drag_over_a_header_copies_no_blanks() -> None:
    view = MessageView(message(content="text", status=MessageStatus.CANCELLED))
    title = TitleLine()
    app = BareApp(title, view)
    async with app.run_test(size=(60, 20)) as pilot:
        title.show("a title", "model · host")
        await pilot.pause()
        header = view.query_one("MessageHeader")
        app.screen.selections = {title: SELECT_ALL, header: SELECT_ALL}
        copied = app.screen.get_selected_text()
        assert copied is not None
        assert copied.startswith("a title  model · host\ntest-model  stopped by you")
        assert "   " not in copied

        app.screen.selections = {header: SELECT_ALL._replace(end=Offset(14, 0))}
        assert app.screen.get_selected_text() == "test-model"
