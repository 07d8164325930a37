from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_chat.core.find_in_conversation import compile_pattern
from tui_chat.ui.markdown.document import Document
from tui_chat.ui.markdown.search_highlights import RowHighlighter


def marks(words: str, ordinal: int | None = None) -> RowHighlighter:
    pattern = compile_pattern(words)
    assert pattern is not None
    return RowHighlighter(pattern, ordinal)


def shown(text: str, words: str, width: int = 80, ordinal: int | None = None) -> list[str]:
    """Return the matches of each row; the current one is in brackets."""
    document = Document(text, width, finished=True)
    found = marks(words, ordinal)
    rows = []
    for y in range(document.height):
        line = document.line(y).text
        parts = [
            f"[{line[start:end]}]" if is_current else line[start:end]
            for start, end, is_current in found.spans(document, y)
        ]
        rows.append(" ".join(parts))
    return rows


def test_matches_in_rows() -> None:
    assert shown("A fox and a **Fox**\n\n- fox", "fox", ordinal=1) == ["fox [Fox]", "", "fox"]


def test_a_phrase_matches_across_rows() -> None:
    assert shown("> aaa red\n> fox bbb", "red fox", 10) == ["red", "fox"]
    assert shown("- aaa bb red fox", "red fox", 13, ordinal=0) == ["[red]", "[fox]"]


def test_a_chinese_word_matches_across_rows() -> None:
    assert shown("天空为什么是蓝色的", "什么是", 10) == ["什么", "是"]


def test_a_latin_word_does_not_match_across_rows() -> None:
    assert shown("- foo\n- bar", "foobar") == ["", ""]


@pytest.mark.parametrize("words", ["[b]", "a.c", "\\", "(", "$"])
def test_a_query_is_not_a_regular_expression(words: str) -> None:
    assert shown(f"x {words} y abc", words) == [words]


def test_a_match_in_hidden_text_leads_to_the_nearest_visible_one() -> None:
    document = Document("see [here](http://fox/fox) fox", 80, finished=True)
    assert marks("fox", 2).current_row(document) == 0
    assert marks("http", 0).current_row(document) is None
    assert marks("fox").current_row(document) is None


def test_the_row_of_the_current_match_follows_the_width() -> None:
    document = Document("word " * 30 + "fox", 80, finished=True)
    found = marks("fox", 0)
    assert found.current_row(document) == 1
    document.resize(20)
    assert found.current_row(document) == document.height - 1


@given(st.text("fox \n天*-`#>|", max_size=200), st.integers(4, 40))
def test_every_highlight_is_within_its_row(text: str, width: int) -> None:
    document = Document(text, width, finished=True)
    for words in ("fo", "天x", "x f"):
        found = marks(words, 0)
        currents = 0
        for y in range(document.height):
            size = len(document.line(y).text)
            spans = found.spans(document, y)
            assert all(0 <= start < end <= size for start, end, _ in spans)
            assert spans == sorted(spans)
            currents += any(is_current for *_, is_current in spans)
        row = found.current_row(document)
        assert (row is not None) == (currents > 0)
