"""Copied text: logical lines, Markdown markers, and unchanged code."""

from __future__ import annotations

from tests.ui.markdown.helpers import whole
from tui_chat.ui.markdown.document import Document


def test_a_wrapped_paragraph_is_one_line() -> None:
    document = whole("one two three four", 9)
    assert document.height == 3

    assert document.get_text(0, 0, 2, 4) == "one two three four"
    assert document.get_text(0, 4, 1, 5) == "two three"


def test_lists_and_quotes_are_copied_with_their_markers() -> None:
    document = whole("- a b\n  - c\n- [x] d\n\n1. e\n\n> f\n> g\n>\n> h", 7)

    assert document.text() == "- a b\n  - c\n- [x] d\n\n1. e\n\n> f g\n>\n> h"


def test_a_part_of_a_row_is_copied_without_its_marker() -> None:
    assert whole("- some words").get_text(0, 3, 0, 7) == "some"


def test_code_is_copied_without_indentation_and_label() -> None:
    document = whole("- a\n  ```py\n  if x:\n      y\n  ```")

    assert document.get_text(2, 0, 4, 99) == "if x:\n    y"


def test_positions_outside_of_the_document_are_harmless() -> None:
    document = whole("a\n\nb")

    assert document.get_text(-5, 3, 99, 99) == "a\n\nb"
    assert document.get_text(2, 0, 0, 0) == ""
    assert Document().get_text(0, 0, 5, 5) == ""
    assert document.line(99).text == document.line(-1).text == ""
