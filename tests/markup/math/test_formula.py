"""Formulas in Unicode: right, or unchanged."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.markup.math.display_formulas import STACKED, UNCHANGED
from tests.markup.math.formulas import IN_A_ROW, UNCHANGED_IN_A_ROW
from tui_chat.markup.math.block import cells
from tui_chat.markup.math.formula import LONGEST, linear, lines, stacked

_PIECES = st.lists(
    st.sampled_from(
        (
            *"ab12+-=()[]{}^_&|!,'. ",
            *("\\\\", "\\frac", "\\sqrt", "\\sum", "\\left(", "\\right)", "\\begin{pmatrix}"),
            *(
                "\\end{pmatrix}",
                "\\text{",
                "\\alpha",
                "\\not",
                "\\hat",
                "\\x",
                "价",
                "\x1b",
                "\u202e",
            ),
        )
    ),
    max_size=24,
).map("".join)


def test_there_are_two_hundred_formulas() -> None:
    assert len(IN_A_ROW) + len(STACKED) >= 200


@pytest.mark.parametrize(("source", "expected"), IN_A_ROW)
def test_a_formula_on_one_row(source: str, expected: str) -> None:
    assert linear(f"${source}$") == expected


@pytest.mark.parametrize(("source", "expected"), STACKED)
def test_a_stacked_formula(source: str, expected: tuple[str, ...]) -> None:
    assert stacked(f"\\[{source}\\]") == expected


def test_what_is_not_certain_is_unchanged() -> None:
    assert [source for source in UNCHANGED_IN_A_ROW if linear(f"${source}$") is not None] == []
    assert [source for source in UNCHANGED if stacked(f"\\[{source}\\]") is not None] == []


@pytest.mark.parametrize(
    "text",
    [
        "$5 or 6$", "$5/month and 6$", "$HOME/bin:$", "${a}-$", "${name}$", "$(pwd)/x:$", "$A/$",
        "$x =$", "$a.$", "$a($", "$a*$", "$a|$", "$a>$",
        "$5，现在$", "$$", "$$$$", "\\(\\)", "$\u05d0$", f"${'x' * LONGEST}$",
    ],
)  # fmt: skip
def test_prose_and_shell_between_dollar_signs_are_unchanged(text: str) -> None:
    assert linear(text) is None


def test_equations_too_wide_for_a_stack_are_separate_rows() -> None:
    source = "\\begin{align} a &= \\frac{b}{c} \\\\ &= d \\end{align}"

    assert lines(source) == ("a = b/c", "= d")


@given(_PIECES)
def test_no_formula_raises_or_emits_control_characters(source: str) -> None:
    texts = [linear(f"\\({source}\\)") or "", *(stacked(f"\\[{source}\\]") or ())]

    assert all(text.replace("\u20d7", "").isprintable() for text in texts)


@given(_PIECES)
def test_a_stacked_formula_is_a_rectangle_of_text(source: str) -> None:
    rows = stacked(f"$${source}$$") or ("x",)

    assert all(cells(row) >= 0 and row == row.rstrip() for row in rows)
    assert any(rows)


def test_deep_nesting_is_unchanged() -> None:
    assert linear(f"$x{'^{x' * 2000}{'}' * 2000}$") is None
    assert linear(f"${'{' * 300}x{'}' * 300}$") is None
    assert linear(f"${chr(92)}sqrt{'{' * 4}x{'}' * 4}$") == "√x"


def test_the_parser_is_imported_with_the_first_formula_only() -> None:
    code = (
        "import sys\n"
        "from tui_chat.ui.markdown.document import Document\n"
        "Document('costs $5', 80, finished=True).height\n"
        "assert 'tui_chat.markup.math.parser' not in sys.modules\n"
        "Document('$x^2$', 80, finished=True).height\n"
        "assert 'tui_chat.markup.math.parser' in sys.modules\n"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
