from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_chat.core.find_in_conversation import compile_pattern
from tui_chat.core.request import ResponseFormat
from tui_chat.structured.evaluate_reply import evaluate
from tui_chat.structured.json_path import node_at, path_of_match
from tui_chat.structured.verdict import Evaluation, Verdict

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def path_of(raw: str, words: str, ordinal: int = 0) -> object:
    evaluation = evaluate(raw, ResponseFormat("json_object"))
    pattern = compile_pattern(words)
    assert pattern is not None
    return path_of_match(evaluation, pattern, ordinal)


@pytest.mark.parametrize(
    ("words", "ordinal", "path"),
    [
        ("Ada", 0, ("people", 0, "name")),
        ("name", 1, ("people", 1, "name")),
        ("1815", 0, ("people", 0, "born")),
        ("people", 0, ("people",)),
        ("true", 0, ("ok",)),
        ("{", 0, ()),
        ("[", 0, ("people",)),
    ],
)
def test_a_match_belongs_to_the_node_whose_key_or_value_contains_it(
    words: str, ordinal: int, path: object
) -> None:
    raw = json.dumps({"people": [{"name": "Ada", "born": 1815}, {"name": "Kurt"}], "ok": True})
    assert path_of(raw, words, ordinal) == path


@pytest.mark.parametrize(
    "raw",
    [
        '  \n {"a": [1, {"name": "Ada"}]}',
        'Sure, Ada:\n```json\n{"a": [1, {"name": "Ada"}]}\n```\nBye, Ada',
        "{'a': [1, {'name': 'Ada',}],}",
        json.dumps('{"a": [1, {"name": "Ada"}]}'),
    ],
)
def test_a_match_is_located_across_repairs(raw: str) -> None:
    ordinal = 1 if raw.startswith("Sure") else 0
    assert path_of(raw, "Ada", ordinal) == ("a", 1, "name")


def test_removed_text_belongs_to_no_node() -> None:
    raw = 'Sure, Ada:\n```json\n{"name": "Ada"}\n```\nBye, Ada'
    assert path_of(raw, "Ada", 0) is None
    assert path_of(raw, "Ada", 2) is None
    assert path_of(raw, "Ada", 9) is None
    assert path_of("There is no Ada here", "Ada") is None


def test_no_node_is_guessed_after_repairs_that_are_not_stored() -> None:
    evaluation = Evaluation(
        Verdict.REPAIRED, "{'a': 'Ada'}", json='{"a": "Ada"}      ', repair_count=9
    )
    pattern = compile_pattern("Ada")
    assert pattern is not None
    assert path_of_match(evaluation, pattern, 0) == ("a",)
    moved = Evaluation(Verdict.REPAIRED, "{'a': 'Ada'}", json='{"a":"Ada"}', repair_count=9)
    assert path_of_match(moved, pattern, 0) is None


@given(VALUES)
def test_every_scalar_is_located(value: Any) -> None:
    paths: list[tuple[str | int, ...]] = []

    def marked(node: Any, path: tuple[str | int, ...]) -> Any:
        if isinstance(node, dict):
            return {key: marked(child, (*path, key)) for key, child in node.items()}
        if isinstance(node, list):
            return [marked(child, (*path, index)) for index, child in enumerate(node)]
        paths.append(path)
        return f"<leaf {len(paths) - 1}>"

    text = json.dumps(marked({"root": value}, ()), indent=1)
    for number, path in enumerate(paths):
        assert node_at(text, text.index(f'"<leaf {number}>"') + 3) == path
