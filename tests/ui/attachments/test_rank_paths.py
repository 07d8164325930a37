"""Fuzzy search in paths."""

from __future__ import annotations

import unicodedata

import pytest

from tui_chat.ui.attachments.rank_paths import MOST_RESULTS, PathRanking, matched_columns

PATHS = [
    "README.md",
    "src/",
    "src/main.py",
    "src/domain/",
    "src/domain/models.py",
    "tests/test_main.py",
    "文档/报告 2026.pdf",
    "a/m/a/i/n.txt",
]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["src/", "README.md"]),
        ("main", ["src/main.py", "src/domain/", "tests/test_main.py", "src/domain/models.py"]),
        ("MAIN.PY", ["src/main.py", "tests/test_main.py"]),
        ("smp", ["tests/test_main.py", "src/main.py"]),
        ("报告", ["文档/报告 2026.pdf"]),
        ("readme", ["README.md"]),
        ("[", []),
        ("zzz", []),
    ],
)
def test_the_best_come_first(query: str, expected: list[str]) -> None:
    found = PathRanking(PATHS).best(query)
    assert found[: len(expected)] == expected
    assert bool(found) is bool(expected)


def test_a_growing_and_shrinking_query_finds_the_same_as_a_new_one() -> None:
    ranking = PathRanking(PATHS)
    for query in ("m", "ma", "mai", "main", "mai", "do", "d", ""):
        assert ranking.best(query) == PathRanking(PATHS).best(query)


def test_decomposed_names_are_found() -> None:
    path = unicodedata.normalize("NFD", "Übersicht.pdf")
    assert PathRanking([path]).best("über") == [path]


def test_a_hundred_thousand_paths_give_a_bounded_list() -> None:
    paths = [f"src/package{number % 97}/module{number}.py" for number in range(100_000)]
    ranking = PathRanking(paths)
    assert len(ranking.best("module")) == MOST_RESULTS
    assert ranking.best("module99999") == [f"src/package{99999 % 97}/module99999.py"]


@pytest.mark.parametrize(
    ("path", "query", "columns"),
    [
        ("src/main.py", "main", [4, 5, 6, 7]),
        ("main/main.py", "main", [5, 6, 7, 8]),
        ("src/main.py", "sm", [0, 4]),
        ("src/main.py", "mp", [4, 9]),
        ("a.py", "x", []),
        ("a.py", "", []),
    ],
)
def test_matched_columns_are_marked(path: str, query: str, columns: list[int]) -> None:
    assert matched_columns(path, query) == columns
