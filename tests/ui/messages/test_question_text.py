from __future__ import annotations

import pytest

from tests.ui.bare import BareApp
from tui_chat.ui.messages.question_text import QuestionText, folded, is_long

LINES = "\n".join(f"line {number}" for number in range(50))


@pytest.mark.parametrize(
    ("text", "expected"),
    [("short", False), ("\n" * 39, False), ("\n" * 40, True), ("x" * 6_001, True)],
)
def test_long_questions(text: str, *, expected: bool) -> None:
    assert is_long(text) is expected


@pytest.mark.parametrize(
    ("text", "more"),
    [
        (LINES, "40 more lines"),
        ("\n".join("a" * 11), "1 more line"),
        ("x" * 7_000, "6,600 more characters"),
    ],
)
def test_the_size_of_the_hidden_rest_is_shown(text: str, more: str) -> None:
    assert folded(text)[1] == more


async def test_a_long_question_is_folded_and_unfolded() -> None:
    text = QuestionText(LINES)
    app = BareApp(text)
    async with app.run_test(size=(60, 70)) as pilot:
        assert "line 9" in app.text
        assert "line 10" not in app.text
        assert "… 40 more lines · Enter shows the rest" in app.text
        assert text.toggle()
        await pilot.pause()
        assert "line 49" in app.text
        assert text.toggle()
        await pilot.pause()
        assert "line 10" not in app.text


async def test_an_unfolded_question_is_truncated_too() -> None:
    text = QuestionText("[b]x[/b]\n" * 10_000)
    app = BareApp(text)
    async with app.run_test(size=(60, 10)) as pilot:
        assert "[b]x[/b]" in app.text
        text.toggle()
        await pilot.pause()
        assert text.size.height < 4_000


async def test_a_short_question_cannot_be_folded() -> None:
    text = QuestionText("[b]short[/b]")
    app = BareApp(text)
    async with app.run_test():
        assert "[b]short[/b]" in app.text
        assert not text.toggle()
