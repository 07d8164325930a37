"""`ask --input` waits for rate limits, and stops at limits that do not pass soon."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.asker import Asker
from tests.providers.wire import DONE, delta, error_answer
from tests.pty.serving import Serving
from tests.sse_server import Answer
from tui_chat.cli import batch_run

_ROWS = 200
_FLAGS = ("--format", "json", "--input", "rows.jsonl", "--output", "out.jsonl")
_MINUTE = error_answer(
    429,
    "Rate limit reached on requests per minute (RPM): Limit 30. Upgrade at https://x/billing",
    headers={"Retry-After-Ms": "1"},
)
_DAY = error_answer(
    429, "Rate limit exceeded: free-models-per-day.", headers={"Retry-After": "36000"}
)


def _object(number: int) -> Answer:
    return Answer((delta(json.dumps({"row": number})), delta(finish="stop"), DONE))


def _first_day() -> list[Answer]:
    """Return the answers up to the limit of the day, at row 150."""
    answers: list[Answer] = []
    for number in range(1, 150):
        if number % 30 == 0:
            # Longer than a request is retried, so the batch itself has to wait.
            answers += [_MINUTE] * (12 if number == 90 else 2)
        bad = error_answer(400, "The prompt was flagged", code="content_filter")
        answers.append(bad if number == 77 else _object(number))
    return [*answers, _DAY]


def _next_day() -> list[Answer]:
    return [_object(number) for number in (77, *range(150, _ROWS + 1))]


@pytest.fixture
def ask(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Asker:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(batch_run, "_RATE_PAUSE_S", 0)
    lines = (json.dumps({"n": number}) for number in range(1, _ROWS + 1))
    Path("rows.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return Asker(monkeypatch, capsys)


def _written() -> list[int]:
    lines = Path("out.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line)["row"] for line in lines]


def test_a_run_of_200_rows_waits_stops_and_resumes(
    ask: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Serving(*_first_day(), *_next_day()) as server:
        for name, value in server.env().items():
            monkeypatch.setenv(name, value)
        assert ask("ask", "Row {n}", *_FLAGS) == 1
        first_day = len(server.requests)
        assert first_day == 150 + 2 * 3 + 12
        assert _written() == [number for number in range(1, 150) if number != 77]
        assert "row 90: the endpoint limits the rate of requests" in ask.err
        assert "row 77: failed" in ask.err
        assert "148 of 200 rows have an object." in ask.err
        assert "Stopped at row 150: The limit per day at" in ask.err
        assert "It comes back in 10 h." in ask.err
        assert "51 rows are left. Run the same command again to resume." in ask.err

        assert ask("ask", "Row {n}", *_FLAGS) == 0
        assert len(server.requests) == first_day + 52
    assert "148 of 200 rows were finished before." in ask.err
    assert _written() == list(range(1, _ROWS + 1))


def test_an_empty_account_stops_the_first_row(ask: Asker, monkeypatch: pytest.MonkeyPatch) -> None:
    with Serving(error_answer(402, "Insufficient Balance")) as server:
        for name, value in server.env().items():
            monkeypatch.setenv(name, value)
        assert ask("ask", "Row {n}", *_FLAGS) == 1
        assert len(server.requests) == 1
    assert "200 rows are left" in ask.err
    assert not Path("out.jsonl").exists()
