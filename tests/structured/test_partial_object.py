from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_chat.structured.lossless_json import dumps, scalar_text
from tui_chat.structured.partial_object import LARGEST, PartialObject

WHOLE = {"name": "Ada", "age": 36, "tags": ["a", 'b\n"c"'], "in": {"x": 1.5, "y": None}}


def read(text: str) -> PartialObject:
    view = PartialObject()
    view.update(text, is_last=True)
    return view


@pytest.mark.parametrize(
    ("text", "value", "open_path"),
    [
        ("", None, None),
        ("Sure, here", None, None),
        ("{", {}, ()),
        ('{"na', {}, ()),
        ('{"name": ', {}, ()),
        ('{"name": "', {"name": ""}, ("name",)),
        ('{"name": "Ad', {"name": "Ad"}, ("name",)),
        ('{"name": "Ad\\', {"name": "Ad"}, ("name",)),
        ('{"name": "Ada"', {"name": "Ada"}, ()),
        ('{"name": "Ada", "age": 3', {"name": "Ada", "age": 3}, ("age",)),
        ('{"name": "Ada", "age": 3.', {"name": "Ada"}, ()),
        ('{"name": "Ada", "age": 3,', {"name": "Ada", "age": 3}, ()),
        ('{"a": [1, 2', {"a": [1, 2]}, ("a", 1)),
        ('{"a": [1, 2]', {"a": [1, 2]}, ()),
        ('{"a": [1, {"b": "c"}, ', {"a": [1, {"b": "c"}]}, ("a",)),
        ('{"a": [1, {"b": "c', {"a": [1, {"b": "c"}]}, ("a", 1, "b")),
        ('{"a": {"b": [', {"a": {"b": []}}, ("a", "b")),
        ('{"a": 1}', {"a": 1}, None),
        ('{"a": 1}\n```\nThat is {all}', {"a": 1}, None),
        ('```json\n{"a": "}"', {"a": "}"}, ()),
        ('<think>{"x": 1}</think>{"a": 2', {"a": 2}, ("a",)),
        ("<think>{", None, None),
    ],
)
def test_the_partial_object_and_its_open_path(
    text: str, value: object, open_path: tuple[str | int, ...] | None
) -> None:
    view = read(text)
    assert (view.value, view.open_path, view.problem) == (value, open_path, "")


@given(st.integers(0, len(json.dumps(WHOLE))))
def test_every_prefix_is_parsed(length: int) -> None:
    text = json.dumps(WHOLE)
    view = read(text[:length])
    assert not view.problem
    assert (view.open_path is None) == (length in {0, len(text)})


def test_incremental_parsing_equals_parsing_at_once() -> None:
    text, view = json.dumps(WHOLE), PartialObject()
    for end in range(len(text) + 1):
        view.update(text[:end], is_last=True)
        assert view.open_path == read(text[:end]).open_path
    assert json.loads(dumps(view.value)) == WHOLE


def test_digits_are_kept() -> None:
    view = read('{"a": 1.10, "b": 12345678901234567890')
    assert [scalar_text(leaf) for leaf in view.value.values()] == ["1.10", "12345678901234567890"]


def test_a_syntax_error_is_reported_and_the_last_value_kept() -> None:
    view = PartialObject()
    view.update('{"a": 1, ', is_last=True)
    assert view.update('{"a": 1, b: 2', is_last=True)
    assert view.value == {"a": 1}
    assert "repaired when it is complete" in view.problem
    assert not view.update('{"a": 1, b: 2}', is_last=True)


def test_a_reply_over_the_limit_is_reported() -> None:
    assert "Too long" in read('["' + "x" * LARGEST).problem


def test_slow_parsing_is_throttled() -> None:
    view = PartialObject()
    text = "[" + "1, " * 200_000
    assert view.update(text)
    assert not view.update(text + "2, ")
    assert view.update(text + "2, ", is_last=True)


def test_a_flood_is_parsed_in_pieces() -> None:
    rows = [{"id": number, "text": "x" * 40, "in": {"a": [1, 2]}} for number in range(4_000)]
    text = "Sure:\n```json\n" + json.dumps(rows)
    view = PartialObject()
    readings = 0

    while view.is_behind(text):
        assert view.update(text, is_last=True)
        readings += 1

    assert readings > 3
    assert dumps(view.value) == dumps(rows)
    assert view.open_path is None


@pytest.mark.parametrize("text", ["word " * 50_000, "<think>" + "{[hm " * 50_000, " " * 200_000])
def test_text_before_an_object_is_scanned_once(text: str) -> None:
    view = PartialObject()
    view.update(text)

    assert not view.is_behind(text)
    assert view.value is None
    whole = text + "</think>" + '{"a": 1}'
    view.update(whole, is_last=True)
    assert dumps(view.value) == '{"a": 1}'


@pytest.mark.parametrize("step", [1, 2, 5])
def test_split_reasoning_is_not_an_object(step: int) -> None:
    text = '\n <think>{"x": 1}</think> so {"a": 2}'
    view = PartialObject()
    for end in range(0, len(text) + step, step):
        view.update(text[:end], is_last=True)
        assert view.value is None or dumps(view.value) in {"{}", '{"a": 2}'}

    assert dumps(view.value) == '{"a": 2}'
