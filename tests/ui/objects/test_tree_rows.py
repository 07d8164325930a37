from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui_chat.structured.partial_object import PartialObject
from tui_chat.ui.objects.tree_rows import MOST_CHILDREN, TreeRows

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-99, 99) | st.text('ab"\\中\n', max_size=4),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text("abc", max_size=2), inner, max_size=4)
    ),
    max_leaves=25,
)


def fresh(value: Any, like: TreeRows | None = None) -> list[Any]:
    rows = TreeRows()
    if like is not None:
        rows._toggled = set(like._toggled)
    rows.show(value)
    return rows.rows


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(
    st.dictionaries(st.text("abc", max_size=2), VALUES, max_size=5) | st.lists(VALUES, max_size=5),
    st.lists(st.integers(1, 9), max_size=30),
    st.sets(st.integers(0, 20), max_size=3),
)
def test_incremental_rows_equal_the_rows_of_the_complete_object(
    value: Any, steps: list[int], folds: set[int]
) -> None:
    text = json.dumps(value, ensure_ascii=False)
    partial, rows, at = PartialObject(), TreeRows(), 0
    for number, step in enumerate([*steps, len(text)]):
        at = min(len(text), at + step)
        if partial.update(text[:at], is_last=True) and partial.value is not None:
            rows.grow(partial.value)
            assert rows.rows == fresh(partial.value, rows)
        if number in folds and rows.rows:
            rows.toggle(rows.rows[number % len(rows.rows)].path)
            assert rows.rows == fresh(rows.value, rows)
    if not partial.problem:
        assert json.loads(text) == rows.value


def test_a_node_folds_and_unfolds() -> None:
    rows = TreeRows()
    rows.show({"a": [1, 2], "b": {}})
    assert [(row.path, row.is_branch) for row in rows.rows] == [
        ((), True),
        (("a",), True),
        (("a", 0), False),
        (("a", 1), False),
        (("b",), False),
    ]
    assert rows.toggle(("a",))
    assert [row.path for row in rows.rows] == [(), ("a",), ("b",)]
    assert not rows.toggle(("b",))
    assert not rows.toggle(("lost",))
    assert rows.toggle(("a",))
    assert len(rows.rows) == 5


def test_children_are_limited_until_more_are_requested() -> None:
    rows = TreeRows()
    rows.show(list(range(2 * MOST_CHILDREN)))
    assert len(rows.rows) == MOST_CHILDREN + 2
    assert rows.rows[-1].hidden == MOST_CHILDREN
    rows.grow(list(range(2 * MOST_CHILDREN + 5)))
    assert rows.rows[-1].hidden == MOST_CHILDREN + 5
    assert rows.toggle(rows.rows[-1].path)
    assert len(rows.rows) == 2 * MOST_CHILDREN + 6


def test_a_node_is_revealed_at_any_depth() -> None:
    rows = TreeRows()
    value = {"people": [{"name": str(number)} for number in range(MOST_CHILDREN + 50)]}
    rows.show(value, open_depth=1)
    assert len(rows.rows) == 2
    index = rows.reveal(("people", MOST_CHILDREN + 20, "name"))
    assert index is not None
    assert rows.rows[index].value == str(MOST_CHILDREN + 20)
    assert rows.reveal(("people", 99_999)) is None
    assert rows.reveal(("lost",)) is None
    assert rows.reveal(()) == 0


def test_growing_costs_only_the_new_rows() -> None:
    rows = TreeRows()
    rows.grow({"list": list(range(900)), "last": [1]})
    first = rows.grow({"list": list(range(900)), "last": [1, 2]})
    assert first == len(rows.rows) - 2
