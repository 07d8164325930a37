from __future__ import annotations

import asyncio
import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from tui_chat.core.request import ResponseFormat
from tui_chat.structured.evaluate_reply import evaluate
from tui_chat.structured.evaluator_process import Evaluator
from tui_chat.structured.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

OBJECT = ResponseFormat("json_object")


def schema(**fields: Any) -> ResponseFormat:
    return ResponseFormat("json_schema", {"properties": fields})


@pytest.fixture
async def evaluator() -> AsyncIterator[Evaluator]:
    evaluator = Evaluator()
    yield evaluator
    await evaluator.aclose()


async def test_the_child_process_returns_the_same_evaluation(evaluator: Evaluator) -> None:
    for raw in ('{"a": 1.10}', "{'a': 1,}", "no", '{"a": "\ud800"}'):
        assert await evaluator.evaluate(raw, OBJECT) == evaluate(raw, OBJECT)


async def test_a_timeout_is_reported() -> None:
    evaluator = Evaluator(limit_s=0.5)
    slow = schema(a={"pattern": "^(a+)+$"})
    evaluation = await evaluator.evaluate(json.dumps({"a": "a" * 40 + "b"}), slow)
    assert evaluation.verdict is Verdict.INVALID
    assert "time limit of 0.5 s" in evaluation.reason
    # The next evaluation starts a new process.
    assert (await evaluator.evaluate('{"a": "x"}', OBJECT)).verdict is Verdict.VALID
    await evaluator.aclose()


async def test_the_event_loop_is_not_blocked(evaluator: Evaluator) -> None:
    await evaluator.warm_up()
    longest = 0.0

    async def watch() -> None:
        nonlocal longest
        loop = asyncio.get_running_loop()
        while True:
            before = loop.time()
            await asyncio.sleep(0.005)
            longest = max(longest, loop.time() - before)

    watching = asyncio.get_running_loop().create_task(watch())
    raw = json.dumps({"rows": [{"id": i, "text": "x" * 80} for i in range(100_000)]})
    evaluation = await evaluator.evaluate(raw, OBJECT)
    watching.cancel()
    assert len(raw) > 10_000_000
    assert evaluation.verdict is Verdict.VALID
    assert longest < 1


@pytest.mark.parametrize(
    ("raw", "verdict", "words"),
    [
        ("[" * 10_000 + "]" * 10_000, Verdict.INVALID, "more than 200 levels"),
        ("[" * 2_000_000, Verdict.INVALID, "more than 200 levels"),
        (" " * 10_000_000, Verdict.INVALID, "answer is empty"),
        ('{"a": ' + " " * 10_000_000, Verdict.CUT_OFF, "cut off"),
        ('{"a": ' + "9" * 1_000_000 + "}", Verdict.VALID, ""),
        ('"' * 1_000_000, Verdict.INVALID, ""),
        ("{" * 1_000_000, Verdict.INVALID, ""),
        ('{"a": "' + "x" * 10_000_000, Verdict.CUT_OFF, "while writing “a”"),
        ("x" * 17_000_000, Verdict.INVALID, "limit of 16 MB"),
    ],
    ids=["levels", "open", "blanks", "blanks-in", "digits", "quotes", "braces", "cut", "too-long"],
)
async def test_hostile_answers(
    evaluator: Evaluator, raw: str, verdict: Verdict, words: str
) -> None:
    evaluation = await evaluator.evaluate(raw, OBJECT)
    assert (evaluation.verdict, words in evaluation.reason) == (verdict, True), evaluation.reason
    assert evaluation.raw == raw


async def test_a_killed_process_is_replaced_or_reported(evaluator: Evaluator) -> None:
    await evaluator.warm_up()
    process = evaluator._process
    assert process is not None
    os.kill(process.pid, 9)
    evaluation = await evaluator.evaluate('{"a": 1}', OBJECT)
    # Either the exit was noticed and a new process started, or the failure is reported.
    assert evaluation.verdict is Verdict.VALID or "ended" in evaluation.reason


async def test_cancelling_kills_the_process() -> None:
    evaluator = Evaluator(limit_s=60)
    await evaluator.warm_up()
    slow = schema(a={"pattern": "^(a+)+$"})
    task = asyncio.get_running_loop().create_task(
        evaluator.evaluate(json.dumps({"a": "a" * 40 + "b"}), slow)
    )
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert evaluator._process is None
