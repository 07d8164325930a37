from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli.asker import Asker, answers, streamed
from tests.providers.wire import delta, error_answer
from tests.sse_server import Answer, Stall

if TYPE_CHECKING:
    from tests.pty.serving import Serving

ROOT = str(Path(__file__).resolve().parents[2])
SCHEMA = "name, age int"
ADA = '{"name": "Ada", "age": 36}'
REFUSES = error_answer(400, "This model does not support response_format json_schema.")
FENCED = streamed("```json\n" + ADA + "\n```")


def rows_file(*rows: object) -> None:
    text = "".join(json.dumps(row) + "\n" for row in rows)
    Path("rows.jsonl").write_text(text, encoding="utf-8")


@answers(streamed('{"c": "Paris", "n": 1}'), streamed('{"c": "=1+1", "n": -2}'))
def test_rows_are_written_as_a_table(ask: Asker, serving: Serving) -> None:
    rows_file({"x": "A"}, {"x": {"y": 1}})
    flags = ("--format", "json", "--input", "rows.jsonl", "--output", "out.csv")
    assert ask("ask", "Of {x}, {{so}}", *flags) == 0
    assert serving.questions == ["Of A, {so}", 'Of {"y": 1}, {so}']
    assert Path("out.csv").read_bytes() == b"c,n\r\nParis,1\r\n'=1+1,-2\r\n"
    assert "2 of 2 rows have an object." in ask.err
    assert not Path("out.csv.progress").exists()


@answers(streamed('{"a": 1}'), streamed("no object"), streamed('{"a": 3}'), streamed('{"a": 2}'))
def test_finished_rows_are_not_asked_again(ask: Asker, serving: Serving) -> None:
    rows_file({"x": 1}, {"x": 2}, {"x": 3})
    flags = ("--format", "json", "--input", "rows.jsonl", "--output", "out.jsonl")
    assert ask("ask", "{x}", *flags) == 4
    assert "row 2: invalid: The answer contains no JSON." in ask.err
    assert Path("out.jsonl").read_text(encoding="utf-8") == '{"a": 1}\n{"a": 3}\n'

    assert ask("ask", "{x}", *flags) == 0
    assert "2 of 3 rows were finished before." in ask.err
    assert serving.questions == ["1", "2", "3", "2"]
    assert Path("out.jsonl").read_text(encoding="utf-8") == '{"a": 1}\n{"a": 2}\n{"a": 3}\n'


@answers(streamed('{"a": 1}'), streamed('{"a": 2}'), streamed('{"a": 3}'))
@pytest.mark.parametrize("kind", ["jsonl", "json", "csv"])
def test_a_finished_output_is_extended(ask: Asker, serving: Serving, kind: str) -> None:
    output = Path(f"out.{kind}")
    flags = ("--format", "json", "--input", "rows.jsonl", "--output", str(output))
    rows_file({"x": 1}, {"x": 2})
    assert ask("ask", "{x}", *flags) == 0
    finished = output.read_bytes()
    assert stat.S_IMODE(output.stat().st_mode) == 0o600

    # The same command again sends and changes nothing.
    assert ask("ask", "{x}", *flags) == 0
    assert "2 of 2 rows were finished before." in ask.err
    assert output.read_bytes() == finished
    assert len(serving.requests) == 2

    # Only an inserted row is asked.
    rows_file({"x": 1}, {"x": 9}, {"x": 2})
    assert ask("ask", "{x}", *flags) == 0
    assert serving.questions == ["1", "2", "9"]
    found = [line.strip('[]{}," a:') for line in output.read_text(encoding="utf-8").split("\n")]
    assert [number for number in found if number.isdigit()] == ["1", "3", "2"]
    assert not output.with_name(f"{output.name}.progress").exists()


@answers(streamed('{"a": 1}'), streamed('{"a": 2}'), streamed("none"), streamed('{"a": 3}'))
def test_an_interrupted_extension_is_resumed(ask: Asker, serving: Serving) -> None:
    flags = ("--format", "json", "--output", "out.jsonl", "--count")
    assert ask("ask", "x", *flags, "2") == 0
    assert ask("ask", "x", *flags, "3") == 4
    assert Path("out.jsonl").read_text(encoding="utf-8") == '{"a": 1}\n{"a": 2}\n'
    assert ask("ask", "x", *flags, "3") == 0
    assert Path("out.jsonl").read_text(encoding="utf-8") == '{"a": 1}\n{"a": 2}\n{"a": 3}\n'
    assert len(serving.requests) == 4


@answers(streamed('{"a": 1}'))
@pytest.mark.parametrize("way", ["question", "model", "fewer", "changed", "temporary"])
def test_a_finished_output_with_other_rows_is_not_overwritten(
    ask: Asker, serving: Serving, way: str
) -> None:
    flags = ("--format", "json", "--output", "out.jsonl", "--count", "2")
    assert ask("ask", "x", *flags) == 0
    output = Path("out.jsonl")
    if way == "changed":
        output.write_text('{"mine": 1}\n', encoding="utf-8")
    before = output.read_bytes()
    other = {
        "question": ("ask", "y", *flags),
        "model": ("ask", "x", *flags, "--model", "other"),
        "fewer": ("ask", "x", *flags[:-1], "1"),
        "changed": ("ask", "x", *flags),
        "temporary": ("ask", "x", *flags, "--temporary"),
    }[way]
    assert ask(*other) == 2
    assert "not overwritten" in ask.err
    assert output.read_bytes() == before
    assert len(serving.requests) == 2


@answers(streamed('{"a": 1}'))
def test_a_moved_output_is_asked_again(ask: Asker, serving: Serving) -> None:
    flags = ("--format", "json", "--output", "out.jsonl")
    assert ask("ask", "x", *flags) == 0
    Path("out.jsonl").rename("kept.jsonl")
    assert ask("ask", "x", *flags) == 0
    assert len(serving.requests) == 2


@answers(streamed(ADA))
def test_a_foreign_output_is_not_overwritten(ask: Asker, serving: Serving) -> None:
    Path("out.csv").write_text("mine", encoding="utf-8")
    assert ask("ask", "x", "--format", "json", "--output", "out.csv") == 2
    assert "not overwritten" in ask.err
    assert Path("out.csv").read_text(encoding="utf-8") == "mine"
    assert not serving.requests


@answers(streamed('{"a": 1}'), Answer((delta("{"), Stall())))
def test_ctrl_c_keeps_finished_rows(serving: Serving, tmp_path: Path) -> None:
    flags = ["--format", "json", "--count", "3", "--output", "out.json"]
    with subprocess.Popen(
        [sys.executable, "-m", "tui_chat", "ask", "x", *flags],
        stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": ROOT},
    ) as process:  # fmt: skip
        serving.asked(2)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert b"Run the same command again" in err
    assert json.loads((tmp_path / "out.json").read_text(encoding="utf-8")) == [{"a": 1}]
    assert (tmp_path / "out.json.progress").exists()


@answers(streamed('{"a": 1}'), streamed('[{"a": 2}, {"a": 3}]'))
def test_count_repeats_the_question_and_lists_become_rows(ask: Asker, serving: Serving) -> None:
    assert ask("ask", "x", "--format", "json", "--count", "2") == 0
    assert ask.out == '{"a": 1}\n{"a": 2}\n{"a": 3}\n'
    assert len(serving.requests) == 2


@answers(error_answer(401, "no"))
def test_a_batch_stops_after_consecutive_failures(ask: Asker, serving: Serving) -> None:
    rows_file(*({"x": number} for number in range(10)))
    assert ask("ask", "{x}", "--format", "json", "--input", "rows.jsonl") == 1
    assert len(serving.requests) == 3
    assert "Stopped after three failed requests" in ask.err


@answers(streamed(ADA))
def test_a_missing_field_is_reported_before_the_request(ask: Asker, serving: Serving) -> None:
    rows_file({"x": 1})
    assert ask("ask", "{y}", "--format", "json", "--input", "rows.jsonl") == 2
    assert "no field “y”" in ask.err
    assert not serving.requests


@answers(streamed(ADA), FENCED, FENCED, streamed("no object"), streamed(ADA))
def test_repaired_rows_are_reported_and_strict_repeats_them(ask: Asker, serving: Serving) -> None:
    rows_file(*({"x": number} for number in range(4)))
    flags = ("--schema", SCHEMA, "--input", "rows.jsonl", "--output", "out.jsonl")
    assert ask("ask", "{x}", *flags) == 4
    assert "2 objects were repaired: row 2; row 3." in ask.err
    assert ask("ask", "{x}", *flags, "--strict") == 0
    assert "1 of 4 rows were finished before." in ask.err
    assert len(serving.requests) == 7


@answers(REFUSES, streamed(ADA))
def test_a_batch_reports_a_format_fallback(ask: Asker, serving: Serving) -> None:
    assert ask("ask", "x", "--schema", SCHEMA, "--count", "2") == 0
    assert ask.err.count("asked as json_object: json_schema was rejected") == 1


@answers(streamed('{"name": 5}'))
def test_errors_of_a_row_are_sentences(ask: Asker, serving: Serving) -> None:
    assert ask("ask", "x", "--schema", SCHEMA, "--count", "1") == 4
    assert "name: Expected a string, got a number: 5. The object: “age” is missing." in ask.err


@answers(streamed(ADA))
@pytest.mark.parametrize(
    ("prompt", "flags", "words"),
    [
        ("{b}", [], "Row 2 has no field “b”; it has: a."),
        ("hello", [], "has no {field}, so it would be the same for every row"),
        ("{a.c}", [], "Row 1 has no field “a.c”"),
        ("{a}", ["--output", "nowhere/out.csv"], "nowhere does not exist"),
    ],
)
def test_invalid_batches_are_reported_before_the_request(
    ask: Asker, serving: Serving, prompt: str, flags: list[str], words: str
) -> None:
    rows_file({"a": {"b": [{"c": 1}]}, "b": 1}, {"a": 2})
    flags = ["--format", "json", "--input", "rows.jsonl", *flags]
    assert ask("ask", prompt, *flags) == 2
    assert words in ask.err
    assert not serving.requests


@answers(streamed(ADA), streamed("no object"), streamed(ADA))
def test_the_system_prompt_identifies_rows(ask: Asker, serving: Serving) -> None:
    rows_file({"x": 1}, {"x": 2})
    flags = ("--format", "json", "--input", "rows.jsonl", "--output", "o.jsonl")
    assert ask("ask", "{x}", *flags) == 4
    assert ask("ask", "{x}", *flags, "--system", "Be brief.") == 0
    assert len(serving.requests) == 4


@answers(*(streamed(f'{{"a": {number}}}') for number in range(4)))
def test_duplicate_rows_are_asked_separately(ask: Asker, serving: Serving) -> None:
    rows_file({"x": 1}, {"x": 1})
    flags = ("--format", "json", "--input", "rows.jsonl", "--count", "2")
    assert ask("ask", "{x}", *flags) == 0
    assert len(serving.requests) == 4
    assert ask.out.split("\n") == [f'{{"a": {number}}}' for number in range(4)] + [""]


@answers(streamed('{"a": 1}'), streamed("no object"), streamed('{"a": 0}'), streamed('{"a": 2}'))
def test_inserted_rows_keep_finished_answers(ask: Asker, serving: Serving) -> None:
    rows_file({"x": 1}, {"x": 2})
    flags = ("--format", "json", "--input", "rows.jsonl", "--output", "out.jsonl")
    assert ask("ask", "{x}", *flags) == 4
    rows_file({"x": 0}, {"x": 1}, {"x": 2})
    assert ask("ask", "{x}", *flags) == 0
    assert serving.questions == ["1", "2", "0", "2"]
    assert Path("out.jsonl").read_text(encoding="utf-8") == '{"a": 0}\n{"a": 1}\n{"a": 2}\n'


@answers(streamed('{"a": 1}'), streamed("no object"), streamed("```\n{}\n```"))
def test_answers_of_one_row_are_numbered(ask: Asker, serving: Serving) -> None:
    rows_file({"x": 1}, {"x": 2})
    flags = ("--format", "json", "--input", "rows.jsonl", "--count", "2")
    assert ask("ask", "{x}", *flags) == 4
    assert "row 1, answer 2: invalid" in ask.err
    assert "2 objects were repaired: row 2, answer 1; row 2, answer 2." in ask.err
