from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import pytest

from tui_chat.core.errors import ConfigError
from tui_chat.structured.batch_rows import fill_template, read_rows
from tui_chat.structured.export_formats import format_rows, to_rows
from tui_chat.structured.lossless_json import loads

if TYPE_CHECKING:
    from pathlib import Path


def rows(text: str) -> list[object]:
    return to_rows(loads(text).value)


def test_json_and_json_lines_keep_every_digit() -> None:
    found = rows('[{"a": 1.10, "b": "é"}, {"a": 2}]')
    assert format_rows(found, "jsonl") == '{"a": 1.10, "b": "é"}\n{"a": 2}\n'
    assert loads(format_rows(found, "json")).value == found
    assert format_rows(rows('{"a": 1}'), "json") == '{\n  "a": 1\n}\n'


def test_csv_has_a_column_per_key_and_nested_values_as_json() -> None:
    text = format_rows(
        rows('[{"a": 1.10, "b": [1, {"c": "x"}]}, {"b": null, "d": "x,\\"y\\""}]'), "csv"
    )
    assert list(csv.reader(io.StringIO(text))) == [
        ["a", "b", "d"],
        ["1.10", '[1, {"c": "x"}]', ""],
        ["", "", 'x,"y"'],
    ]


def test_csv_beyond_ascii_has_a_byte_order_mark() -> None:
    found = rows('[{"name": "李雷 é", "id": "001234567890123456", "big": 12345678901234567890}]')
    text = format_rows(found, "csv")
    assert text.encode().startswith(b"\xef\xbb\xbfname,")
    (row,) = csv.DictReader(io.StringIO(text.encode().decode("utf-8-sig")))
    assert row == {"name": "李雷 é", "id": "001234567890123456", "big": "12345678901234567890"}
    assert format_rows(rows('[{"a": "b"}]'), "csv") == "a\r\nb\r\n"


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ('"=HYPERLINK(1)"', "'=HYPERLINK(1)"),
        ('"+1+cmd"', "'+1+cmd"),
        ('"-2+3"', "'-2+3"),
        ('"@SUM(A1)"', "'@SUM(A1)"),
        ('" =1"', "' =1"),
        ('"\\t=1"', "'\t=1"),
        ('"＝1"', "'＝1"),
        ('"-5"', "-5"),
        ('"+86 138 0013 8000"', "+86 138 0013 8000"),
        ('"+1 (555) 010-0199"', "+1 (555) 010-0199"),
        ('"+4930123456"', "+4930123456"),
        ('"-5°C, windy"', "-5°C, windy"),
        ('"-5 minutes"', "-5 minutes"),
        ('"-1 + A1"', "'-1 + A1"),
        ('"-1 cmd|x"', "'-1 cmd|x"),
        ('"+1 SUM(A1)"', "'+1 SUM(A1)"),
        ('"-A1"', "'-A1"),
        ('"+1 -B2"', "'+1 -B2"),
        ('"+49.5"', "+49.5"),
        ("-5", "-5"),
        ('"a=b"', "a=b"),
        ('"x\\u0000y"', "x␀y"),
        ('"\\ud800"', "?"),
        ("true", "true"),
    ],
)
def test_formulas_are_escaped(value: str, cell: str) -> None:
    text = format_rows(rows(f'{{"a": {value}}}'), "csv")
    assert list(csv.reader(io.StringIO(text)))[1] == [cell]


def test_values_that_are_not_objects_have_a_column() -> None:
    assert format_rows(rows('[1, "x"]'), "csv") == "value\r\n1\r\nx\r\n"


def test_rows_are_read(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text('\ufeff{"a": "x\u2028y"}\n\n{"a": 1.10}', encoding="utf-8")
    found = read_rows(file)
    assert [fill_template("<{a}> {{a}}", row, 1) for row in found] == [
        "<x\u2028y> {a}",
        "<1.10> {a}",
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "has no rows"),
        ('{"a": 1}\n{"a": 1,}', "line 2, column 8: there is a comma"),
        ("[1]", "line 1 must be an object, got a list"),
    ],
)
def test_row_errors_are_reported(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "rows.jsonl").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=words):
        read_rows(tmp_path / "rows.jsonl")


def test_a_missing_field_is_reported() -> None:
    with pytest.raises(ConfigError, match=r"Row 7 has no field “b”; it has: a\."):
        fill_template("{b}", {"a": 1}, 7)


def test_nested_fields() -> None:
    row = {"a": {"b": [{"c": "x"}, 1.50]}, "a.b": "own"}
    assert fill_template("{a.b.0.c} {a.b.1} {a.b}", row, 1) == "x 1.5 own"
