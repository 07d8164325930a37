"""Display formulas in a document."""

from __future__ import annotations

import pytest

from tests.ui.markdown.helpers import rows, styled, whole
from tui_chat.ui.markdown.document import Document
from tui_chat.ui.markdown.style_roles import Role

_FRACTION = "\\[\nx = \\frac{a + b}{c}\n\\]"


def test_a_display_formula_is_stacked_and_copied_as_source() -> None:
    document = whole(f"so\n\n{_FRACTION}\n\nthus")

    assert rows(f"so\n{_FRACTION}\nthus") == [
        *("so", ""), "      a + b", "  x = ─────", "        c", *("", "thus")
    ]  # fmt: skip
    assert document.text() == f"so\n\n{_FRACTION}\n\nthus"
    assert document.get_text(3, 2, 3, 5) == _FRACTION
    assert styled(document, Role.MATH)[1] == "  x = ─────"


def test_a_formula_in_a_list_has_the_prefixes_of_the_item() -> None:
    text = "- so\n  \\[ \\frac{a}{b} \\]\n- > $$x^2$$"

    assert [row.rstrip() for row in rows(text)] == [
        *(" • so", "", "     a", "     ─", "     b", ""),
        " • ▎   x²",
    ]


@pytest.mark.parametrize(
    ("width", "expected"),
    [
        (12, ["  a + b", "  ─────", "    c"]),
        (7, ["  a + b", "  ─────", "    c"]),
        (6, ["(a +", "b)/c"]),
        (5, ["(a +", "b)/c"]),
    ],
)
def test_a_formula_that_does_not_fit_is_on_rows_that_wrap(width: int, expected: list[str]) -> None:
    document = whole("$$\\frac{a+b}{c}$$", 80)

    document.resize(width)

    assert [document.line(y).text for y in range(document.height)] == expected


def test_a_matrix_that_does_not_fit_is_source() -> None:
    source = "\\begin{pmatrix} aaaa & bbbb \\\\ c & d \\end{pmatrix}"

    assert "".join(rows(source, 10)).replace(" ", "") == source.replace(" ", "")


@pytest.mark.parametrize(
    "text",
    [
        f"so\n\n{_FRACTION}\n\nthus",
        "\\begin{align}\na &= b \\\\\nc &= \\frac{d}{e}\n\\end{align}\n",
        "$$\nx^2\n$$\nmore $\\frac{a}{b}$ and \\(c_d\\)",
        "$$\nno end\n\nmore",
        "\\[\n\\unknown\n\\]\n",
        "$$\n" + "x + y\n" * 400 + "$$\nmore",
        "\\[\n" + "z" * 3000 + "\n\\]\nmore",
    ],
)
def test_streamed_in_any_split_equals_loaded_at_once(text: str) -> None:
    for size in (1, 2, 7, 100):
        streamed = Document(width=40)
        for start in range(0, len(text), size):
            streamed.append(text[start : start + size])
            if size > 2:
                assert _texts(streamed) == _texts(Document(text[: start + size], 40))
        streamed.finish()

        assert _texts(streamed) == _texts(whole(text, 40))


@pytest.mark.parametrize(
    "formula",
    [
        _FRACTION,
        "$$\nE = mc^2\n$$",
        "\\[\n\\begin{aligned}\na &= b \\\\\nc &= d\n\\end{aligned}\n\\]",
    ],
)
def test_the_rows_of_a_formula_never_become_fewer_while_it_streams(formula: str) -> None:
    document = Document(width=40)
    heights = []
    for character in f"so\n\n{formula}\n":
        document.append(character)
        heights.append(document.height)

    assert heights == sorted(heights)


def test_a_very_long_open_formula_is_source_and_its_lines_are_parsed_once() -> None:
    document = Document("$$\n" + "x + y\n" * 400, 40)

    assert document.height == 401


def _texts(document: Document) -> tuple[list[str], str]:
    return [document.line(y).text for y in range(document.height)], document.text()
