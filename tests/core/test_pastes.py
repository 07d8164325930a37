from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_chat.core.pastes import (
    LARGE_CHARACTERS,
    LONG_LINE,
    is_large,
    join_pastes,
    line_count,
    split_pastes,
)

BIG = "a line of text\n" * 2_000
WIDE = "x" * (LONG_LINE + 1)
TICKED = f"```\n{BIG}````\n"

# Pieces that look like what `join_pastes` writes, so that mistakes of `split_pastes` are found.
PIECES = st.sampled_from(
    ["a", "\n", "\n\n", "```", "````", "`````", "[pasted text 1]\n", "[pasted text 2]\n", BIG, WIDE]
)
TEXTS = st.lists(PIECES, max_size=8).map("".join)


@given(TEXTS)
def test_split_pastes_can_be_joined_again(question: str) -> None:
    text, pastes = split_pastes(question)
    assert join_pastes(text, pastes) == question
    assert not is_large(text)


@given(
    st.text("ab `\n", max_size=40).filter(lambda text: text.strip()),
    st.lists(st.sampled_from([BIG, WIDE, TICKED]), min_size=1, max_size=4),
)
def test_joined_pastes_can_be_split_again(text: str, pastes: list[str]) -> None:
    assert split_pastes(join_pastes(text, pastes)) == (text, pastes)


def test_a_single_paste_is_the_question() -> None:
    assert join_pastes("", [BIG]) == BIG
    assert split_pastes(BIG) == ("", [BIG])


def test_pastes_without_a_text() -> None:
    question = join_pastes("", [BIG, WIDE])
    assert question.startswith("[pasted text 1]\n```\n")
    assert split_pastes(question) == ("", [BIG, WIDE])


def test_a_fence_is_longer_than_any_inside() -> None:
    assert join_pastes("q", [TICKED]) == f"q\n\n[pasted text 1]\n`````\n{TICKED}\n`````"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x" * LONG_LINE, False),
        ("x" * (LONG_LINE + 1), True),
        (f"{'x' * 99}\n" * (LARGE_CHARACTERS // 100), False),
        (f"{'x' * 99}\n" * (LARGE_CHARACTERS // 100) + "x", True),
    ],
)
def test_large_texts(text: str, *, expected: bool) -> None:
    assert is_large(text) is expected


@pytest.mark.parametrize(("text", "count"), [("", 1), ("a", 1), ("a\n", 1), ("a\nb", 2)])
def test_a_final_line_break_is_not_counted(text: str, count: int) -> None:
    assert line_count(text) == count
