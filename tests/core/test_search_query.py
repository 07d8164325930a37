from __future__ import annotations

import pytest

from tui_chat.core.search_query import Query, excerpt, find_matches, find_tags, parse_query


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("", Query()),
        ("two words two", Query(("two", "words"))),
        ("#work", Query(tags=("#work",))),
        ("#工作 天空", Query(("天空",), ("#工作",))),
        ("# #1-2/x #", Query(("#",), ("#1-2/x",))),
        ("C# a#b ##x", Query(("C#", "a#b", "##x"))),
        ("trash:", Query(is_in_trash=True)),
        ("Trash: fox", Query(("fox",), is_in_trash=True)),
        ("trash:fox #t", Query(("fox",), ("#t",), is_in_trash=True)),
        ("fox trash:#t", Query(("fox",), ("#t",), is_in_trash=True)),
        ("a\0b", Query(("a", "b"))),
    ],
)
def test_queries_are_parsed(text: str, query: Query) -> None:
    assert parse_query(text) == query


def test_tags_in_titles() -> None:
    title = "#a C# (#b-c) x#d ##e #天"
    assert [title[start:end] for start, end in find_tags(title)] == ["#a", "#b-c", "#天"]


def test_terms_ignore_case_and_the_longest_wins() -> None:
    assert find_matches("Foo food [x]", ["foo", "FOOD", "[x]", ""]) == [(0, 3), (4, 8), (9, 12)]
    assert find_matches("any", []) == []


def test_an_excerpt_is_one_line_around_the_match() -> None:
    text = "one two\n\nthree  " * 20 + "the needle\nand\t more " + "x" * 500
    line = excerpt(text, ["NEEDLE"], length=40)
    assert line == "…one two three the needle and more " + "x" * 23
    assert excerpt("needle", ["needle"]) == "needle"
    assert excerpt("a needle", ["needle"]) == "a needle"
    assert excerpt("天" * 100 + "空", ["空"]) == "…" + "天" * 24 + "空"
    assert excerpt("no such", ["needle"]) == "no such"
