from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from textual.events import Paste

from tests.ui.bare import BareApp
from tui_chat.ui.prompt.prompt_input import ClearStep, PromptInput

if TYPE_CHECKING:
    from textual.pilot import Pilot


class PromptApp(BareApp):
    """Takes questions as the chat does."""

    def __init__(self) -> None:
        self.prompt = PromptInput()
        super().__init__(self.prompt)
        self.sent: list[str] = []
        self.told: list[str] = []

    def on_mount(self) -> None:
        self.prompt.focus()

    def on_prompt_input_submitted(self, event: PromptInput.Submitted) -> None:
        self.sent.append(event.text)
        self.prompt.accept()

    def on_prompt_input_left(self) -> None:
        self.told.append("left")

    def on_prompt_input_stop_wanted(self) -> None:
        self.told.append("stop")

    def on_prompt_input_paged(self, event: PromptInput.Paged) -> None:
        self.told.append(f"page {event.pages}")

    def on_prompt_input_followed(self) -> None:
        self.told.append("follow")


async def test_keys_that_do_not_type() -> None:
    app = PromptApp()
    async with app.run_test() as pilot:
        await pilot.press("up", "pageup", "pagedown", "ctrl+end", "enter", "tab")
        await pilot.pause()
        assert app.told == ["left", "page -1", "page 1", "follow"]
        assert app.sent == [""]
        assert app.prompt.text == ""


@pytest.mark.parametrize(
    "key", ["ctrl+j", "shift+enter", "alt+enter", "ctrl+enter", "shift+\r", "ctrl+\r", "\r"]
)
async def test_every_key_that_makes_a_newline(key: str) -> None:
    app = PromptApp()
    async with app.run_test() as pilot:
        await pilot.press("a", key, "b", "enter")
        await pilot.pause()
        assert app.sent == ["a\nb"]


async def test_a_newline_splits_at_the_cursor_and_replaces_a_selection() -> None:
    app = PromptApp()
    async with app.run_test() as pilot:
        app.prompt.set_draft("abc")
        await pilot.press("left", "ctrl+j")
        assert app.prompt.text == "ab\nc"
        app.prompt.select_all()
        await pilot.press("ctrl+j")
        assert app.prompt.text == "\n"


@pytest.mark.parametrize(
    ("pasted", "text"),
    [
        ("a\r\nb\rc\nd", "a\nb\nc\nd"),
        ("\x1b]52;c;aGk=\x07\x9b\u202e\ttab", "␛]52;c;aGk=␇<9B><U+202E>\ttab"),
        ("你好 👋🏽 é [bold]x[/] $text", "你好 👋🏽 é [bold]x[/] $text"),
    ],
)
async def test_a_paste_is_text_and_can_be_undone(pasted: str, text: str) -> None:
    app = PromptApp()
    async with app.run_test() as pilot:
        await pilot.press("x", "y", "left")
        app.prompt.post_message(Paste(pasted))
        await pilot.pause()
        assert app.prompt.text == f"x{text}y"
        await pilot.press("z")
        assert app.prompt.text == f"x{text}zy"
        while app.prompt.text not in ("", "xy"):
            await pilot.press("ctrl+underscore")
        assert app.prompt.text == "xy"


async def test_a_large_paste_becomes_a_chip_and_is_sent_whole() -> None:
    text = "".join(f"{number:06} 日本\r\n" for number in range(70_000))
    assert len(text.encode()) > 1_000_000
    app = PromptApp()
    async with app.run_test() as pilot:
        app.prompt.post_message(Paste(text))
        await pilot.pause()
        assert app.prompt.text == ""
        assert app.prompt.draft == text.replace("\r\n", "\n")
        await pilot.press("enter")
        await pilot.pause()
        assert app.sent == [text.replace("\r\n", "\n")]
        assert app.prompt.pastes == ()


LONG_LINE = "x" * 6_000
MANY_LINES = "".join(f"line {number}\n" for number in range(3_000))


async def pasted(pilot: Pilot[None], prompt: PromptInput, *texts: str) -> None:
    for text in texts:
        prompt.post_message(Paste(text))
    await pilot.pause()


async def test_pastes_are_removed_and_brought_back_in_turn_with_the_text() -> None:
    app = PromptApp()
    async with app.run_test() as pilot:
        await pilot.press("a")
        await pasted(pilot, app.prompt, LONG_LINE, MANY_LINES)
        await pilot.press("b", "home", "backspace")
        assert (app.prompt.text, app.prompt.pastes) == ("ab", (LONG_LINE,))
        await pilot.press("x")
        for text, pastes in (
            ("ab", (LONG_LINE,)),
            ("ab", (LONG_LINE, MANY_LINES)),
            ("a", (LONG_LINE, MANY_LINES)),
            ("a", (LONG_LINE,)),
            ("a", ()),
            ("", ()),
        ):
            await pilot.press("ctrl+underscore")
            assert (app.prompt.text, app.prompt.pastes) == (text, pastes)


async def test_lines_are_undone_and_done_again_with_the_cursor_in_them() -> None:
    app = PromptApp()
    async with app.run_test() as pilot:
        await pilot.press("a")
        await pasted(pilot, app.prompt, "one\n" * 40)
        await pilot.press("ctrl+underscore")
        assert (app.prompt.text, app.prompt.cursor_location) == ("a", (0, 1))
        await pilot.press("alt+slash")
        assert (app.prompt.text, app.prompt.cursor_location) == ("a" + "one\n" * 40, (40, 0))
        app.prompt.select_all()
        await pilot.press("backspace", "ctrl+underscore", "alt+slash", "b")
        assert (app.prompt.text, app.prompt.cursor_location) == ("b", (0, 1))


async def test_a_paste_becomes_text_and_back() -> None:
    app = PromptApp()
    async with app.run_test() as pilot:
        await pilot.press("a")
        await pasted(pilot, app.prompt, MANY_LINES)
        await pilot.press("ctrl+r")
        assert (app.prompt.text, app.prompt.pastes) == (f"a{MANY_LINES}", ())
        await pilot.press("ctrl+underscore")
        assert (app.prompt.text, app.prompt.pastes) == ("a", (MANY_LINES,))
        await pasted(pilot, app.prompt, LONG_LINE)
        await pilot.press("ctrl+r")
        assert app.prompt.pastes == (MANY_LINES, LONG_LINE)


async def test_the_history_and_the_draft_hold_pastes() -> None:
    app = PromptApp()
    async with app.run_test() as pilot:
        await pilot.press("a")
        await pasted(pilot, app.prompt, MANY_LINES, LONG_LINE)
        draft = app.prompt.draft
        await pilot.press("enter")
        await pilot.pause()
        assert app.sent == [draft]
        await pilot.press("b", "up")
        assert (app.prompt.text, app.prompt.pastes) == ("a", (MANY_LINES, LONG_LINE))
        await pilot.press("down")
        assert (app.prompt.text, app.prompt.pastes) == ("b", ())
        await pilot.press("ctrl+underscore")
        assert (app.prompt.text, app.prompt.pastes) == ("a", (MANY_LINES, LONG_LINE))


async def test_clearing_twice_loses_neither_text_nor_pastes() -> None:
    app = PromptApp()
    async with app.run_test() as pilot:
        await pilot.press("a", "b")
        await pasted(pilot, app.prompt, LONG_LINE)
        draft = app.prompt.draft
        assert app.prompt.clear_at_second() is ClearStep.ARMED
        await pilot.press("c", "backspace")
        assert app.prompt.clear_at_second() is ClearStep.ARMED
        assert app.prompt.clear_at_second() is ClearStep.CLEARED
        assert app.prompt.draft == ""
        assert app.prompt.clear_at_second() is None
        await pilot.press("n", "o")
        await pilot.press("ctrl+underscore", "ctrl+underscore")
        assert app.prompt.draft == draft
        await pilot.press("ctrl+up")
        assert app.prompt.draft == draft


async def test_what_was_copied_here_is_pasted_like_any_other_text() -> None:
    app = PromptApp()
    async with app.run_test() as pilot:
        app.copy_to_clipboard("a\x1b[2Jb")
        await pilot.press("ctrl+v")
        assert app.prompt.text == "a␛[2Jb"
        app.copy_to_clipboard(LONG_LINE)
        await pilot.press("ctrl+v")
        assert app.prompt.pastes == (LONG_LINE,)


async def test_cjk_is_typed_one_by_one() -> None:
    app = PromptApp()
    async with app.run_test() as pilot:
        for character in "你好がéé":
            await pilot.press(character)
        await pilot.press("backspace", "enter")
        await pilot.pause()
        assert app.sent == ["你好がé"]


async def test_history_keeps_the_draft() -> None:
    app = PromptApp()
    async with app.run_test() as pilot:
        app.prompt.remember(["second", "first"])
        await pilot.press("d", "up", "up", "up")
        assert app.prompt.text == "first"
        await pilot.press("down", "down", "down")
        assert app.prompt.text == "d"
        await pilot.press("up", "x", "enter")
        await pilot.pause()
        assert app.sent == ["secondx"]
        await pilot.press("ctrl+up")
        assert app.prompt.text == "secondx"
        await pilot.press("ctrl+down")
        assert app.prompt.text == ""


async def test_up_moves_inside_of_a_question_first() -> None:
    app = PromptApp()
    async with app.run_test() as pilot:
        app.prompt.remember(["older"])
        app.prompt.set_draft("one\ntwo")
        await pilot.press("up")
        assert app.prompt.text == "one\ntwo"
        assert app.prompt.cursor_location[0] == 0
        await pilot.press("up")
        assert app.prompt.text == "older"
        await pilot.press("ctrl+underscore")
        assert app.prompt.text == "one\ntwo"


async def test_drafts_and_earlier_questions_are_made_visible() -> None:
    app = PromptApp()
    async with app.run_test() as pilot:
        app.prompt.remember(["\x1b[31mred\x1b[0m\x9b2J"])
        app.prompt.set_draft("a\x1b]0;x\x07\u202e\tb\n[bold]")
        assert app.prompt.text == "a␛]0;x␇<U+202E>\tb\n[bold]"
        await pilot.press("ctrl+up")
        assert app.prompt.text == "␛[31mred␛[0m<9B>2J"


async def test_what_was_sent_can_be_brought_back_but_not_by_undo() -> None:
    app = PromptApp()
    async with app.run_test() as pilot:
        await pilot.press("h", "i", "enter")
        await pilot.pause()
        await pilot.press("ctrl+underscore")
        assert app.prompt.text == ""
        await pilot.press("ctrl+up")
        assert app.prompt.text == "hi"
