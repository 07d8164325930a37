from __future__ import annotations

import io
import json
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.cli.conversations.test_output import Terminal
from tests.storage.build import asked
from tui_chat.cli.conversations.output import Output
from tui_chat.cli.conversations.stats import first_moment, statistics
from tui_chat.core.conversation import MessageStatus, now
from tui_chat.core.cost.cost import Cost
from tui_chat.core.cost.statistics import Grouping
from tui_chat.core.text.cell_width import cell_width
from tui_chat.import_export.export.redact_keys import KeyRedactor
from tui_chat.storage.read_only import Reader
from tui_chat.storage.store import Store

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conversations.conftest import Command


@pytest.fixture
def used(database: Path) -> Path:
    """Answers of today and yesterday, one without a cost, one of another year, one deleted."""
    with Store(database) as store:
        for title, model, days, cost in (
            ("Sky", "small", 0, 0.25),
            ("天空" * 30, "large", 1, 4.0),
            ("Free \x1b]52;c;aGk=\x07", "small", 1, None),
            ("Old", "small", 400, 100.0),
        ):
            turn = asked(title)
            reply = replace(
                turn.replied("Told.", MessageStatus.COMPLETE),
                created_at=now() - timedelta(days=days),
                profile="p",
                model=model,
                input_tokens=1500,
                output_tokens=20,
                cost=None if cost is None else Cost(cost),
            )
            store.add_messages(turn.conversation, [turn.question, reply])
            if title == "Sky":
                store.delete_conversation(turn.conversation.id, now())
    return database


@pytest.mark.usefixtures("used")
def test_the_table_has_a_line_for_each_day_and_a_total(run: Command) -> None:
    ran = run("stats")
    assert ran.status == 0
    lines = [line.split() for line in ran.out.splitlines()]
    assert lines[0] == ["DAY", "ANSWERS", "TOKENS", "IN", "TOKENS", "OUT", "COST"]
    assert [line[1:] for line in lines[1:]] == [
        ["2", "3.0k", "40", "$4.00"],
        ["1", "1.5k", "20", "$0.25"],
        ["total", "3", "4.5k", "60", "$4.25"][1:],
    ]
    assert "The cost of 1 answer is unknown" in ran.err
    assert len(run("stats", "--days", "500").out.splitlines()) == 5


@pytest.mark.usefixtures("used")
def test_json_has_the_same_figures(run: Command) -> None:
    found = json.loads(run("stats", "--by", "model", "--json").out)
    assert found["by"] == "model"
    assert found["since"] == first_moment(30).isoformat()
    assert [(it["model"], it["costs"]) for it in found["groups"]] == [
        ("large", {"USD": 4.0}),
        ("small", {"USD": 0.25}),
    ]
    assert found["total"]["answers_without_cost"] == 1
    by_title = json.loads(run("stats", "--by", "conversation", "--json").out)["groups"]
    assert by_title[0]["title"] == "天空" * 30


@pytest.mark.parametrize("columns", ["80", "40", "160"])
def test_a_terminal_shows_bars_that_fit(
    used: Path, columns: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    out = Terminal()
    with Reader(used) as reader:
        output = Output(out, io.StringIO(), KeyRedactor([]))
        statistics(reader, output, Grouping.CONVERSATION, 30)
    lines = out.getvalue().splitlines()
    assert not set(out.getvalue()) & set("\x1b\x07")
    if columns != "40":
        assert max(map(cell_width, lines)) <= int(columns)
        bars = [line.count("█") for line in lines]
        assert bars[0] == bars[-1] == 0
        assert bars[1] > 8 * bars[2]


def test_nothing_saved_is_no_traceback(run: Command, database: Path) -> None:
    assert run("stats").status == 1
    with closing(Store(database)):
        pass
    ran = run("stats")
    assert (ran.status, ran.out) == (0, "")
    assert "No answer was saved in the last 30 days." in ran.err
    assert run("stats", "--days", "0").status == 2
    assert run("stats", "--by", "week").status == 2
