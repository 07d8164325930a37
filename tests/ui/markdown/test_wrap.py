"""Lines wrap between words and wide characters, and never within a character."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len, split_graphemes

from tui_chat.ui.markdown import wrap as module
from tui_chat.ui.markdown.wrap import chop, wrap

_TEXT = st.text(st.sampled_from("ab ,.中文。（）é\u0301👩\u200d\ufe0f👍🏽🇩"), max_size=60)


def _rows(text: str, width: int) -> list[str]:
    starts = wrap(text, width)
    ends = [*starts[1:], len(text)]
    return [text[start:end].rstrip(" ") for start, end in zip(starts, ends, strict=True)]


@pytest.mark.parametrize(
    ("text", "width", "expected"),
    [
        ("one two three", 7, ["one two", "three"]),
        ("one two three", 8, ["one two", "three"]),
        ("a  b", 1, ["a", "b"]),
        ("abcdefghij kl", 4, ["abcd", "efgh", "ij", "kl"]),
        ("中文字符测试", 5, ["中文", "字符", "测试"]),
        ("天空很蓝，真的", 8, ["天空很", "蓝，真的"]),
        ("他说（好的）吧", 6, ["他说", "（好", "的）吧"]),
        ("用 Python 写代码", 9, ["用 Python", "写代码"]),
        ("用Python写代码", 8, ["用Python", "写代码"]),
        ("中文", 1, ["中", "文"]),
        ("", 5, [""]),
    ],
)
def test_rows(text: str, width: int, expected: list[str]) -> None:
    assert _rows(text, width) == expected


@settings(max_examples=200, deadline=None, derandomize=True)
@given(text=_TEXT, width=st.integers(2, 12))
def test_no_row_is_wider_than_allowed_and_nothing_is_lost(text: str, width: int) -> None:
    starts = wrap(text, width)

    assert starts == sorted(set(starts))
    for row in _rows(text, width):
        assert cell_len(row) <= width


@settings(max_examples=200, deadline=None, derandomize=True)
@given(text=_TEXT, width=st.integers(1, 12), cut=st.integers(0, 60))
def test_a_growing_line_wraps_like_the_complete_line(text: str, width: int, cut: int) -> None:
    assert wrap(text, width, wrap(text[:cut], width)) == wrap(text, width)
    assert chop(text, width, chop(text[:cut], width)) == chop(text, width)


@pytest.mark.parametrize(("kind", "cells"), [(module._ONE_CELL, 1), (module._TWO_CELLS, 2)])
def test_simple_characters_have_their_declared_width_and_form_no_clusters(
    kind: str, cells: int
) -> None:
    simple = re.compile(f"[{kind}]")
    for character in filter(simple.match, map(chr, range(0x10000))):
        assert cell_len(character) == cells, hex(ord(character))
        for other in "a中“é한":
            assert len(split_graphemes(character + other)[0]) == 2, hex(ord(character))
            assert len(split_graphemes(other + character)[0]) == 2, hex(ord(character))


@settings(max_examples=300, deadline=None, derandomize=True)
@given(
    text=st.text(
        st.sampled_from("ab ,.中文。（）é“…한ｆ") | st.sampled_from("👩\u200d\ufe0f\u0301")
    ),
    width=st.integers(1, 30),
    start=st.integers(0, 20),
)
def test_fast_measuring_of_simple_characters_equals_measuring_each(
    text: str, width: int, start: int
) -> None:
    def slow(start: int) -> tuple[int, bool]:
        used = 0
        for begin, _, cells in split_graphemes(text[start:])[0]:
            used += cells
            if used > width and begin:
                return start + begin, True
        return len(text), False

    start = min(start, len(text))
    assert module._fitting(text, start, width) == slow(start)
