from __future__ import annotations

from typing import Any

import pytest

from tui_chat.structured.lossless_json import dumps, loads
from tui_chat.structured.schemas.validate_value import validate


def errors_of(value: str, schema: dict[str, Any]) -> list[tuple[str, str]]:
    found, count = validate(loads(value).value, loads(dumps(schema)).value)
    assert count == len(found)
    return [(error.path_text, error.message) for error in found]


@pytest.mark.parametrize(
    ("value", "schema", "place", "words"),
    [
        ('"x"', {"type": "integer"}, "", "Expected an integer, got a string: “x”."),
        ("true", {"type": "integer"}, "", "Expected an integer, got true."),
        ("1.5", {"type": "integer"}, "", "Expected an integer, got a number: 1.5."),
        ("[]", {"type": ["object", "null"]}, "", "Expected an object or null, got a list."),
        ('{"a": 1}', {"type": "array"}, "", "Expected a list, got an object."),
        ("null", {"type": "string"}, "", "Expected a string, got null."),
        ("null", {"anyOf": [{"type": "string"}, {"type": "integer"}]}, "",
         "Expected a string or an integer, got null."),
        ('{"a": {}}', {"properties": {"a": {"required": ["it's"]}}}, "a", "“it's” is missing."),
        ('{"a": 1}', {"additionalProperties": False}, "a", "“a” is not allowed."),
        ("[1, 5]", {"items": {"maximum": 4}}, "[1]", "5 is more than the maximum 4."),
        ("0.3", {"multipleOf": 0.2}, "", "0.3 is not a multiple of 0.2."),
        ('"c"', {"enum": ["a", "b"]}, "", "“c” is not one of “a”, “b”."),
        ("1", {"const": 2}, "", "1 must be 2."),
        ('"x"', {"format": "date"}, "", "“x” is not in the format date."),
        ('"x"', {"pattern": "^a"}, "", "“x” does not match the pattern ^a."),
        ('"x"', {"anyOf": [{"type": "null"}, {"type": "integer"}]}, "",
         "Expected null or an integer, got a string: “x”."),
        ('{"a": "x"}', {"anyOf": [{"type": "null"}, {"properties": {"a": {"type": "null"}}}]}, "a",
         "Expected null, got a string: “x”."),
        ("[1, 1.0]", {"uniqueItems": True}, "", "The list contains duplicates."),
        ("[]", {"minItems": 1}, "", "The list has fewer than 1 entries."),
        ("1", {"not": {"type": "integer"}}, "", "should not be valid"),
    ],
)  # fmt: skip
def test_errors_have_a_path_and_a_message(
    value: str, schema: dict[str, Any], place: str, words: str
) -> None:
    ((found_place, found_words),) = errors_of(value, schema)
    assert found_place == place
    assert words in found_words


@pytest.mark.parametrize(
    ("value", "schema"),
    [
        ("1.0", {"type": "integer"}),
        ("1e3", {"type": "integer"}),
        ("0.3", {"multipleOf": 0.1}),
        ("123456789012345678901234567890.5", {"multipleOf": 0.1}),
        ("9" * 5000, {"type": "integer", "minimum": 1}),
        ("1e99999999999999999999", {"type": "number", "minimum": 1}),
        ("1", {"enum": [1.0]}),
        ("[1, true, 0, false]", {"uniqueItems": True}),
    ],
)
def test_numbers_are_compared_exactly(value: str, schema: dict[str, Any]) -> None:
    assert errors_of(value, schema) == []


def test_many_errors_are_bounded_and_counted() -> None:
    found, count = validate(list(range(5000)), {"items": {"type": "string"}})
    assert (len(found), count) == (100, 5000)


def test_nothing_is_fetched() -> None:
    found, _ = validate(1, {"anyOf": [{"type": "null"}, {"type": "object"}]})
    assert found[0].keyword == "anyOf"
