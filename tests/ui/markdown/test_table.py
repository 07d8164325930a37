"""Tables: columns, their widths, and narrow screens."""

from __future__ import annotations

import pytest

from tests.ui.markdown.helpers import links, rows, styled, whole
from tui_chat.ui.markdown.column_widths import column_widths
from tui_chat.ui.markdown.style_roles import Role


def test_columns_are_aligned() -> None:
    assert rows("|a|b|c|\n|:-|-:|:-:|\n|long|1|x|\n|y|22|mid|") == [
        "a    │  b │  c ",
        "─────┼────┼────",
        "long │  1 │  x ",
        "y    │ 22 │ mid",
    ]


def test_wide_characters_keep_the_columns() -> None:
    assert rows("|名字|n|\n|-|-|\n|中|1|\n|abc|2|") == [
        "名字 │ n",
        "─────┼──",
        "中   │ 1",
        "abc  │ 2",
    ]


def test_cells_wrap_at_the_column_width() -> None:
    assert rows("|id|text|\n|-|-|\n|1|one two three four|\n|2|x|", 15) == [
        "id │ text      ",
        "───┼───────────",
        "1  │ one two   ",
        "   │ three four",
        "───┼───────────",
        "2  │ x         ",
    ]


def test_a_narrow_table_is_shown_as_lists() -> None:
    assert rows("|name|age|\n|-|-|\n|Ann|7|\n|Bob||", 9) == [
        *("name", "age", "─" * 9, "name: Ann", "age: 7", "─" * 9, "name: Bob"),
    ]


def test_cells_may_contain_markup_and_line_breaks() -> None:
    document = whole("|a|b|\n|-|-|\n|**x**<br>y|[l](http://z)|")

    assert [document.line(y).text for y in (2, 3)] == ["x │ l", "y │  "]
    assert links(document) == [("l", "http://z")]
    assert styled(document, Role.HEADING) == []


def test_surplus_cells_are_kept() -> None:
    assert rows("|a|b|\n|-|-|\n|1|\n|1|2|3|\n|x\\|y|`a\\|b`|")[2:] == [
        "1   │      ",
        "1   │ 2 | 3",
        "x|y │ a|b  ",
    ]


def test_a_header_has_as_many_cells_as_its_delimiter_row() -> None:
    assert rows("|a|b|\n|-|\n|1|2|") == ["|a|b| |-| |1|2|"]


def test_complete_rows_are_copied_as_markdown() -> None:
    document = whole("|a|b|\n|-|:-:|\n|one two three four five|x|", 16)

    assert document.text() == "| a | b |\n| --- | :-: |\n| one two three four five | x |"
    assert document.get_text(2, 0, 2, 7) == "one two"


@pytest.mark.parametrize(
    ("natural", "available", "expected"),
    [
        ((5, 6), 20, (5, 6)),
        ((4, 40), 27, (4, 20)),
        ((30, 30, 2), 30, (11, 11, 2)),
        ((30, 31, 3), 30, (11, 10, 3)),
        ((9, 9, 9), 20, None),
    ],
)
def test_column_widths(
    natural: tuple[int, ...], available: int, expected: tuple[int, ...] | None
) -> None:
    assert column_widths(natural, available) == expected
