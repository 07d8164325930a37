"""Syntax highlighting, which is computed when a line is painted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.ui.markdown.helpers import whole
from tui_chat.ui.markdown import code_block as code
from tui_chat.ui.markdown.code_block import EXACT_LINES, language_of
from tui_chat.ui.markdown.document import Document
from tui_chat.ui.markdown.style_roles import Role

if TYPE_CHECKING:
    from tui_chat.ui.markdown.styled_text import Spans


@pytest.mark.parametrize(
    ("info", "expected"),
    [
        ("python", "python"),
        ("Python title='x'", "python"),
        ("{.rust .numbers}", "rust"),
        ("ts:app.ts", "ts"),
        ("", ""),
        ("   ", ""),
    ],
)
def test_the_language_is_the_first_word(info: str, expected: str) -> None:
    assert language_of(info) == expected


def test_code_without_a_known_language_is_plain() -> None:
    for info in ("", "nosuchlanguage", "text"):
        document = whole(f"```{info}\nimport x\n```")
        assert {style for _, _, style in document.line(document.height - 1).spans} <= {
            Role.CODE_BLOCK
        }


def test_a_closed_block_highlights_a_multi_line_string() -> None:
    text = '```py\n"""doc\n' + "words\n" * 80 + '"""\n'

    document = whole(text + "```")

    docstring = document.line(1).spans[-1][2]
    assert [document.line(y).spans[-1][2] for y in range(2, 80)] == [docstring] * 78


def test_layout_does_not_highlight(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    original = code.highlighted

    def counted(lines: list[str], language: str) -> list[Spans]:
        calls.append(language)
        return original(lines, language)

    monkeypatch.setattr(code, "highlighted", counted)
    document = whole("```py\n" + "x = 1\n" * 100 + "```")

    assert document.height == 101
    assert not calls
    document.line(50)
    document.line(51)
    assert len(calls) == 1


def test_a_long_block_is_highlighted_in_chunks() -> None:
    document = whole("```py\n" + "def f(): return 'x'\n" * (EXACT_LINES + 10) + "```")

    assert len(document.line(EXACT_LINES).spans) > 3


def test_a_failing_lexer_leaves_the_code_plain(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_args: object) -> None:
        raise ValueError

    monkeypatch.setattr(code, "_by_line", fail)

    assert whole("```py\nx\n```").line(1).spans[-1][2] == Role.CODE_BLOCK


def test_an_open_fence_provides_its_code() -> None:
    document = Document("1. a\n   ```py\n   x = 1\n   y", 40)

    assert [code[:2] for code in document.code_blocks] == [("py", "x = 1\ny")]
