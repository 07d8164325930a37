from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tui_chat.core.request import ResponseFormat
from tui_chat.structured.evaluate_reply import evaluate
from tui_chat.structured.verdict import Evaluation, Verdict
from tui_chat.ui.objects.workbench_lines import view_lines

if TYPE_CHECKING:
    from tui_chat.ui.text_view.wrapped_lines import ViewLine


def shown(lines: list[ViewLine]) -> list[str]:
    return ["".join(words for words, _ in line.lead) + line.text for line in lines]


def changes(raw: str) -> list[str]:
    lines = shown(view_lines(evaluate(raw, ResponseFormat("json_object")), "changes"))
    return lines[lines.index("") + 1 :]


def test_a_changed_line_is_shown_before_and_after() -> None:
    assert changes("{'name': 'Ada', 'ok': True}") == [
        "- {'name': 'Ada', 'ok': True}",
        '+ {"name": "Ada", "ok": true}',
    ]


def test_unchanged_lines_are_shown_as_context_and_counted_elsewhere() -> None:
    middle = ",\n".join(f'  "key {number}": {number}' for number in range(20))
    raw = '{\n  "first": True,\n' + middle + ",\n  'last': 1\n}"
    assert changes(raw) == [
        "  {",
        '-   "first": True,',
        '+   "first": true,',
        '    "key 0": 0,',
        '    "key 1": 1,',
        '    "key 2": 2,',
        "  … 14 unchanged lines",
        '    "key 17": 17,',
        '    "key 18": 18,',
        '    "key 19": 19,',
        "-   'last': 1",
        '+   "last": 1',
        "  }",
    ]


def test_text_around_the_object_is_shown_as_removed() -> None:
    assert changes('Sure:\n```json\n{"a": 1}\n```\nBye') == [
        "- Sure:",
        "- ```json",
        '- {"a": 1}',
        "- ```",
        "- Bye",
        '+ {"a": 1}',
    ]


def test_every_change_of_a_long_line_is_visible() -> None:
    raw = (
        "["
        + ",".join(f"{{'key': 'value {number}', \"b\": \"{'x' * 900}\"}}" for number in range(60))
        + "]"
    )
    lines = changes(raw)
    assert max(map(len, lines)) < 4_000
    text = "\n".join(lines)
    for number in range(30):
        assert f"'value {number}'" in text
        assert f'"value {number}"' in text


@pytest.mark.parametrize("form", ["text", "raw"])
def test_numbers_keep_every_digit(form: str) -> None:
    raw = '{"pi": 3.141592653589793238462643383279, "big": 1.10e+400, "n": 1.0}'
    lines = shown(view_lines(Evaluation(Verdict.VALID, raw, raw), form))
    for digits in ("3.141592653589793238462643383279", "1.10e+400", "1.0"):
        assert digits in "\n".join(lines)


def test_the_text_view_of_a_cut_off_reply_says_so() -> None:
    evaluation = evaluate(
        '{"name": "Ada", "age": 3', ResponseFormat("json_object"), finish_reason="length"
    )
    lines = shown(view_lines(evaluation, "text"))
    assert "while writing “age”" in lines[0]
    assert json.loads("".join(lines[1:])) == {"name": "Ada", "age": 3}


def test_repairs_of_one_kind_are_listed_once_with_their_count() -> None:
    evaluation = evaluate("{'name': 'Ada', 'ok': True}", ResponseFormat("json_object"))
    lines = shown(view_lines(evaluation, "changes"))
    assert lines[: lines.index("")] == [
        "· Replaced other quotes by double quotes. ×3",
        "· Read “True” as true.",
    ]
    many = evaluate("[" + "{'a': 1}," * 300 + "]", ResponseFormat("json_object"))
    lines = shown(view_lines(many, "changes"))
    assert lines[0] == "· Replaced other quotes by double quotes. ×200"
    assert lines[1].startswith("… ")
    assert lines[1].endswith(" more repairs")
