from __future__ import annotations

import copy
import pickle
from decimal import Decimal

import pytest

from tui_chat.structured.lossless_json import (
    InvalidJson,
    Number,
    depth_of,
    dumps,
    loads,
    scalar_text,
)
from tui_chat.structured.verdict import Evaluation, Verdict, format_path


@pytest.mark.parametrize(
    "text",
    ["0", "-0", "1.10", "1E5", "1e-400", "9" * 5000, "0.1", "-12.50e+3", "1e99999999999999999999"],
)
def test_every_digit_of_a_number_is_kept(text: str) -> None:
    value = loads(text).value
    assert scalar_text(value) == dumps(value) == text
    assert scalar_text(pickle.loads(pickle.dumps(value))) == text  # noqa: S301
    assert scalar_text(copy.deepcopy(value)) == text


def test_numbers_can_be_compared() -> None:
    assert loads("1.10").value == Decimal("1.1")
    assert Number("1e99999999999999999999") > 10**100
    assert Number("-1e99999999999999999999") < 0
    assert Number("1e-99999999999999999999") == 0


def test_an_int_of_any_length_is_formatted() -> None:
    assert scalar_text(10**6000) == "1" + "0" * 6000


@pytest.mark.parametrize(
    ("text", "words", "at"),
    [
        ('{"a": NaN}', "NaN is not a JSON number", 6),
        ('["NaN", -Infinity]', "-Infinity is not a JSON number", 8),
        ("{'a': 1}", "a key in double quotes is missing", 1),
        ('"x', "a string has no closing quote", 0),
        ("[1] 2", "more text follows after the end", 4),
        ('{"a": 1,}', "there is a comma before the closing bracket", 7),
        ('{"a": 1, \n}', "there is a comma before the closing bracket", 7),
        ("[[1,\r\n\t ]]", "there is a comma before the closing bracket", 3),
        ("[,]", "a value is missing or is not JSON", 1),
        ("[1,,]", "a value is missing or is not JSON", 3),
        ("[1,}", "a value is missing or is not JSON", 3),
        ('{"a": ]', "a value is missing or is not JSON", 6),
        ('{"a": 1,]', "a key in double quotes is missing", 8),
        ("{,}", "a key in double quotes is missing", 1),
        ("[1,", "a value is missing or is not JSON", 3),
    ],
)
def test_json_errors_have_a_position(text: str, words: str, at: int) -> None:
    with pytest.raises(InvalidJson) as caught:
        loads(text)
    assert (caught.value.message, caught.value.at) == (words, at)


def test_duplicate_keys_are_listed_once() -> None:
    loaded = loads('{"a": 1, "b": {"c": 1, "c": 2, "c": 3}, "a": 4}')
    assert set(loaded.duplicates) == {"a", "c"}
    assert loaded.value == {"a": 4, "b": {"c": 3}}


def test_lone_surrogates_are_escaped() -> None:
    text = dumps(loads('{"\\ud800": "\\udfff é"}').value)
    assert text.encode() == b'{"\\ud800": "\\udfff \xc3\xa9"}'


def test_the_depth() -> None:
    assert [depth_of(value) for value in (1, [], {"a": [1]}, [[], [[1]]])] == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ((), ""),
        (("a", 0, "b"), "a[0].b"),
        (("a b", "省"), '["a b"].省'),
        ((2, "x"), "[2].x"),
    ],
)
def test_path_formatting(path: tuple[str | int, ...], words: str) -> None:
    assert format_path(path) == words


@pytest.mark.parametrize(
    "stored", [None, {}, {"asked": {"type": "json_object"}}, {"verdict": "new kind"}]
)
def test_invalid_stored_evaluations_are_none(stored: dict[str, object] | None) -> None:
    assert Evaluation.from_mapping(stored, "x") is None


def test_verdict_labels() -> None:
    assert Evaluation(Verdict.VALID, "").label == "valid"
    assert Evaluation(Verdict.REPAIRED, "", repair_count=2).label == "repaired (2 repairs)"
    assert Evaluation(Verdict.INVALID, "", error_count=1).label == "invalid (1 error)"
    both = Evaluation(Verdict.INVALID, "", error_count=1, repair_count=2)
    assert both.label == "invalid (1 error, 2 repairs)"
    assert Evaluation(Verdict.INVALID, "").label == "invalid"
    assert Evaluation(Verdict.CUT_OFF, "").label == "cut off"
