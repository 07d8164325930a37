from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli.asker import Asker, answers, streamed
from tests.providers.wire import error_answer

if TYPE_CHECKING:
    from tests.pty.serving import Serving

SCHEMA = "name, age int"
ADA = '{"name": "Ada", "age": 36}'


@answers(streamed(ADA))
def test_only_the_object_is_printed(ask: Asker, serving: Serving) -> None:
    assert ask("ask", "Who?", "--schema", SCHEMA, "--json") == 0
    assert (ask.out, ask.err) == (ADA + "\n", "")
    form = serving.requests[0].json["response_format"]
    assert form["type"] == "json_schema"  # type: ignore[index]
    assert form["json_schema"]["strict"] is True  # type: ignore[index]


@answers(streamed(ADA))
def test_without_json_the_answer_is_streamed_unchanged(ask: Asker, serving: Serving) -> None:
    assert ask("ask", "Who?", "--schema", SCHEMA) == 0
    assert (ask.out, ask.err) == (ADA + "\n", "")


REPAIRED = streamed("```json\n{'name': 'Ada', 'age': 36,}\n```")


@answers(REPAIRED)
def test_a_repaired_object_is_printed_with_a_warning(ask: Asker, serving: Serving) -> None:
    assert ask("ask", "Who?", "--schema", SCHEMA, "--json") == 0
    assert ask.out == ADA + "\n"
    assert "not valid JSON" in ask.err
    assert "trailing comma" in ask.err


@answers(REPAIRED)
def test_strict_rejects_a_repaired_object(ask: Asker, serving: Serving) -> None:
    assert ask("ask", "Who?", "--schema", SCHEMA, "--json", "--strict") == 4
    assert ask.out == ""
    assert "--strict rejects it" in ask.err


@answers(streamed('{"name": "Ada", "age": "old"}'))
def test_validation_errors_name_the_path(ask: Asker, serving: Serving) -> None:
    assert ask("ask", "Who?", "--schema", SCHEMA, "--json") == 4
    assert ask.out == ""
    assert "invalid (1 error)" in ask.err
    assert "age: Expected an integer, got a string: “old”." in ask.err


@answers(streamed('{"name": "Ada", "age": 3}', "length"))
def test_finish_reason_length_means_cut_off(ask: Asker, serving: Serving) -> None:
    assert ask("ask", "Who?", "--schema", SCHEMA, "--json") == 3
    assert ask.out == ""
    assert "cut off" in ask.err


@answers(streamed("I'm sorry, I can't do that."))
def test_a_refusal_has_no_object(ask: Asker, serving: Serving) -> None:
    assert ask("ask", "Who?", "--format", "json", "--json") == 4
    assert "refused" in ask.err


@answers(streamed('{"a": 1.10, "b": 12345678901234567890}'))
def test_numbers_keep_their_digits(ask: Asker, serving: Serving) -> None:
    assert ask("ask", "x", "--format", "json", "--json") == 0
    assert ask.out == '{"a": 1.10, "b": 12345678901234567890}\n'
    assert serving.requests[0].json["response_format"] == {"type": "json_object"}


REFUSES = error_answer(400, "This model does not support response_format json_schema.")


@answers(REFUSES, error_answer(400, "json_object is not supported"), streamed(ADA), streamed(ADA))
def test_a_format_fallback_is_reported_and_remembered(ask: Asker, serving: Serving) -> None:
    assert ask("ask", "Who?", "--schema", SCHEMA, "--json") == 0
    assert ask.out == ADA + "\n"
    assert "asked as json_object: json_schema was rejected" in ask.err
    assert "asked in the prompt: json_object was rejected" in ask.err
    assert "response_format" not in serving.requests[2].json
    assert '"age"' in serving.requests[2].json["messages"][0]["content"]  # type: ignore[index]

    assert ask("ask", "Who?", "--schema", SCHEMA, "--json") == 0
    assert ask.err == ""
    assert len(serving.requests) == 4


@answers(streamed(ADA))
def test_send_as_selects_the_response_format(ask: Asker, serving: Serving) -> None:
    assert ask("ask", "Who?", "--schema", SCHEMA, "--json", "--send-as", "json_object") == 0
    assert serving.requests[0].json["response_format"] == {"type": "json_object"}


@answers(streamed(ADA))
@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["--schema", "nothing.json"], "nothing.json cannot be read"),
        (["--schema", "bad.json"], "bad.json is not JSON, line 2, column 1"),
        (["--count", "2"], "--schema or --format json"),
        (["--strict"], "--schema or --format json"),
        (["--send-as", "prompt"], "--schema or --format json"),
        (["--schema", SCHEMA, "--format", "text"], "--format text requests text"),
        (["--schema", SCHEMA, "--count", "0"], "--count must be 1 or more"),
        (["--schema", SCHEMA, "--input", "none.jsonl"], "none.jsonl cannot be read"),
        (["--schema", SCHEMA, "--output", "x.xml"], "Use one of .json, .jsonl, .csv"),
    ],
)
def test_invalid_flags_are_reported_before_the_request(
    ask: Asker, serving: Serving, flags: list[str], words: str
) -> None:
    Path("bad.json").write_text('{"a": 1,\n', encoding="utf-8")
    assert ask("ask", "x", *flags) == 2
    assert words in ask.err
    assert ask.out == ""
    assert not serving.requests


@answers(error_answer(400, "No."))
def test_errors_for_scripts_do_not_mention_keys(ask: Asker, serving: Serving) -> None:
    for more in ([], ["--schema", SCHEMA], ["--schema", SCHEMA, "--count", "1"]):
        assert ask("ask", "x", *more) == 1
        assert "rejected the request" in ask.err
        assert "Press" not in ask.err
        assert ("--send-as" in ask.err) is bool(more)


@answers(error_answer(400, "temperature must be between 0 and 1"))
def test_a_known_reason_gets_no_guess(ask: Asker, serving: Serving) -> None:
    assert ask("ask", "x", "--schema", SCHEMA) == 1
    assert "“temperature”" in ask.err
    assert "--send-as" not in ask.err
