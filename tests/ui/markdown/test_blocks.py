"""Rows of headings, lists, quotes and code, and the gaps between them."""

from __future__ import annotations

from tests.ui.markdown.helpers import lines, rows, styled, whole
from tui_chat.ui.markdown.style_roles import STRONG, Role


def test_one_empty_row_separates_blocks() -> None:
    assert rows("# A\ntext\n\n\n\nmore\n***\n- a") == [
        *("A", "", "text", "", "more", "", "─" * 80, "", " • a"),
    ]


def test_headings_have_a_level_and_a_row() -> None:
    document = whole("One *two*\n===\n\n## Three ##\n\n> ### Four", 20)

    assert document.headings == [(0, 1, "One two"), (2, 2, "Three"), (4, 3, "Four")]
    assert styled(document, Role.HEADING_2) == ["Three"]


def test_heading_rows_follow_the_width() -> None:
    document = whole("word " * 20 + "\n\n# A", 80)

    document.resize(20)

    assert document.headings[0].row == 6
    assert document.line(6).text == "A"


def test_loose_lists_keep_their_gaps() -> None:
    assert rows("- a\n- b\n\n- c") == [" • a", " • b", "", " • c"]


def test_nested_lists_have_different_bullets() -> None:
    assert rows("- a\n  - b\n    - c\n      - d\n- e") == [
        *(" • a", "    ◦ b", "       ▪ c", "          • d", " • e"),
    ]


def test_list_numbers_count_from_the_first_and_are_right_aligned() -> None:
    assert rows("9. a\n9. b\n1. c") == [" 9. a", "10. b", "11. c"]


def test_wrapped_items_have_a_hanging_indent() -> None:
    assert rows("1. one two three", 12) == [" 1. one two", "    three"]


def test_task_lists_show_boxes() -> None:
    assert rows("- [ ] a\n- [x] b\n1. [X] c") == [" ☐ a", " ☑ b", " 1. ☑ c"]


def test_an_empty_item_keeps_its_bullet() -> None:
    assert rows("- a\n-\n- c") == [" • a", " • ", " • c"]


def test_a_numbered_list_continues_after_a_code_block() -> None:
    assert rows("1. a\n   ```sh\n   ls\n   ```\n2. b", 12) == [
        *(" 1. a", "    ", "      sh", "      ls", "", " 2. b"),
    ]


def test_quotes_have_a_bar_for_each_level() -> None:
    assert rows("> a\n> > b\n\nc") == ["▎ a", "▎ ", "▎ ▎ b", "", "c"]


def test_a_lazy_line_stays_in_its_quote() -> None:
    assert rows("> a\nb") == ["▎ a b"]


def test_deep_nesting_leaves_room_for_text() -> None:
    found = rows("> " * 100 + "some words", 20)

    assert (
        "".join(row.replace("▎", "").strip(" >") for row in found).replace(" ", "") == "somewords"
    )
    assert all(len(row) <= 20 for row in found)


def test_code_is_indented_below_its_language() -> None:
    document = whole("```python\nx = 1\n```\n\n    y\n\n```\nz\n```")

    assert [line.text for line in lines(document)] == [
        *(f"{'  python':76}1 ⧉", "  x = 1", "", "  y", "", f"{'':76}2 ⧉", "  z"),
    ]
    assert [code[:2] for code in document.code_blocks] == [("python", "x = 1"), ("", "z")]


def test_long_code_lines_wrap() -> None:
    document = whole("```\n0123456789abc  def\n```", 12)

    assert [line.text for line in lines(document)] == ["        1 ⧉", "  0123456789", "↪ abc  def"]
    assert document.text() == "0123456789abc  def"


def test_copied_code_keeps_its_tabs() -> None:
    document = whole("```make\nall:\n\tcc -o x\n```")

    assert document.line(2).text == "      cc -o x"
    assert document.code_blocks[0].text == "all:\n\tcc -o x"


def test_html_is_shown_as_source() -> None:
    assert rows("<div>\n  <b>x</b>\n</div>\n\na <i>b</i>") == [
        *("<div>", "  <b>x</b>", "</div>", "", "a b"),
    ]


def test_display_formulas_keep_their_lines() -> None:
    assert rows("So\n$$\nx_1 \\\\\n- y_2\n$$\nand") == [
        *("So", "", "$$", "x_1 \\\\", "- y_2", "$$", "", "and"),
    ]


def test_link_definitions_are_shown() -> None:
    assert rows("[a]\n\n[a]: http://x 'T'\n\n[a]") == ["a", "", "[a]: http://x 'T'", "", "a"]


def test_each_footnote_begins_a_paragraph() -> None:
    assert rows("a[^1]\n\n[^1]: b\n[^2]: c") == ["a[^1]", "", "[^1]: b", "", "[^2]: c"]


def test_an_incomplete_marker_is_not_shown() -> None:
    document = whole("title\n--")
    assert styled(document, Role.HEADING_2) == ["title"]

    document = type(document)("title\n--", 80)

    assert [line.text for line in lines(document)] == ["title"]


def test_a_very_long_paragraph_keeps_its_markup_and_text() -> None:
    text = "Some **bold** words and `code`, then more. " * 200

    document = whole(text, 70)

    assert document.text() == text.replace("**", "").replace("`", "").strip(" ")
    assert styled(document, STRONG) == ["bold"] * 200
