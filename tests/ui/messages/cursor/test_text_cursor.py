from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_chat.ui.common.graphemes import borders
from tui_chat.ui.common.select_words import word_at, words
from tui_chat.ui.messages.cursor.text_cursor import Place, Span, TextCursor

FAMILY = "\U0001f468‍\U0001f469‍\U0001f467"


class Lines:
    """Rows of a test: a paragraph is a run of rows with text; `[x]` is a link to x."""

    def __init__(self, text: str) -> None:
        self._rows = text.split("\n")

    @property
    def height(self) -> int:
        return len(self._rows)

    def row(self, y: int) -> str:
        return self._rows[y] if 0 <= y < len(self._rows) else ""

    def paragraph(self, y: int) -> tuple[int, int]:
        first = last = y
        while first and self._rows[first - 1]:
            first -= 1
        while last + 1 < len(self._rows) and self._rows[last + 1]:
            last += 1
        return first, last

    def links(self, y: int) -> list[tuple[int, int, str]]:
        row = self.row(y)
        start, end = row.find("["), row.find("]")
        return [(start, end + 1, row[start + 1 : end])] if 0 <= start < end else []


def cursor_in(*texts: str) -> TextCursor:
    return TextCursor([Lines(text) for text in texts])


def walk(cursor: TextCursor, *moves: str) -> list[tuple[int, int, int]]:
    places = []
    for move in moves:
        cursor.move(move)
        places.append(tuple(cursor.place))
    return places  # type: ignore[return-value]


def test_characters_are_clusters_and_rows_without_text_are_skipped() -> None:
    cursor = cursor_in(f"a{FAMILY}b", "\n \n天x")
    assert walk(cursor, *["right"] * 5) == [
        (0, 0, 1),
        (0, 0, 1 + len(FAMILY)),
        (1, 2, 0),
        (1, 2, 1),
        (1, 2, 1),
    ]
    assert walk(cursor, "left", "left", "left", "left", "left")[-1] == (0, 0, 0)
    assert not cursor.move("left")


def test_rows_keep_the_column_in_cells() -> None:
    cursor = cursor_in("abcdef\n天空abc\nx\nabcdef")
    walk(cursor, "right", "right", "right")
    # Column 3 is inside of the second character; the third row is shorter.
    assert walk(cursor, "down", "down", "down", "up") == [
        (0, 1, 1),
        (0, 2, 0),
        (0, 3, 3),
        (0, 2, 0),
    ]


def test_words_do_not_mix_scripts() -> None:
    text = "it's a well-known 天空test."
    assert [text[start:end] for start, end in words(text)] == [
        "it's", "a", "well-known", "天空", "test", ".",
    ]  # fmt: skip
    assert word_at(text, 19) == (18, 20)
    assert word_at(text, 4) == (4, 4)
    cursor = cursor_in("one two\n\n  three")
    assert walk(cursor, "word", "word", "word", "word_back", "word_back") == [
        (0, 0, 4),
        (0, 2, 2),
        (0, 2, 2),
        (0, 0, 4),
        (0, 0, 0),
    ]


def test_lines_paragraphs_and_ends() -> None:
    cursor = cursor_in("a\nbc\n\nde\nf", "last")
    assert walk(cursor, "down", "line_end", "paragraph", "paragraph", "paragraph") == [
        (0, 1, 0),
        (0, 1, 1),
        (0, 3, 0),
        (1, 0, 0),
        (1, 0, 0),
    ]
    assert walk(cursor, "last", "line_start", "paragraph_back", "paragraph_back") == [
        (1, 0, 3),
        (1, 0, 0),
        (0, 3, 0),
        (0, 0, 0),
    ]
    assert walk(cursor, "last", "first") == [(1, 0, 3), (0, 0, 0)]


def test_links_are_reached_in_a_circle_and_a_wrapped_one_once() -> None:
    cursor = cursor_in("see [a]\n[a] it", "no\n[b]")
    assert walk(cursor, "link", "link", "link", "link_back") == [
        (0, 0, 4),
        (1, 1, 0),
        (0, 0, 4),
        (1, 1, 0),
    ]
    assert cursor.link == "b"
    assert not cursor_in("none").move("link")


def test_a_selection_includes_both_ends_in_either_direction() -> None:
    cursor = cursor_in(f"ab{FAMILY}", "xy\nz")
    cursor.move("right")
    cursor.toggle_selection()
    cursor.move("right")
    assert cursor.selected() == [Span(0, (0, 1), (0, 2 + len(FAMILY)))]
    cursor.move("last")
    assert cursor.selected() == [Span(0, (0, 1), (0, 2 + len(FAMILY))), Span(1, (0, 0), (1, 1))]
    cursor.toggle_selection()
    assert cursor.selected() == [Span(1, (1, 0), (1, 1))]
    cursor.toggle_selection()
    cursor.move("left")
    assert cursor.selected() == [Span(1, (0, 1), (1, 1))]
    assert cursor.paragraph() == Span(1, (0, 0), (1, 1))


MOVES = (
    *("left", "right", "up", "down", "word", "word_back", "line_start", "line_end"),
    *("paragraph", "paragraph_back", "first", "last", "link", "link_back"),
)
ANY_TEXT = st.text(st.sampled_from(f"ab ,\n\t天[]\u0301{FAMILY}\U0001f1e6"), max_size=12)


@given(st.lists(ANY_TEXT, min_size=1, max_size=3), st.lists(st.sampled_from(MOVES), max_size=12))
def test_the_cursor_is_always_at_a_border_of_a_row(texts: list[str], moves: list[str]) -> None:
    cursor = cursor_in(*texts)
    lines = [Lines(text) for text in texts]
    for move in moves:
        cursor.move(move)
        place = cursor.place
        row = lines[place.text].row(place.y)
        assert place.x in borders(row)
        assert place == Place(0, 0, 0) or place.x < len(row)
        for span in cursor.selected():
            assert span.start <= span.end


@pytest.mark.parametrize("text", ["a b", "天空 sky", f"{FAMILY} {FAMILY}", "a\u0301b c\u0301"])
def test_right_visits_every_cluster_once(text: str) -> None:
    cursor = cursor_in(text)
    visited = [cursor.place.x]
    while cursor.move("right"):
        visited.append(cursor.place.x)
    assert visited == borders(text)[:-1]
    assert all(a < b for a, b in pairwise(visited))
