"""Prints what becomes of each broken answer, and of the same with json-repair alone.

Run: python -m tests.structured.table
"""

from __future__ import annotations

import sys
from collections import Counter
from typing import Any

import json_repair

from tests.structured.broken import BROKEN, NOT, REFUSED, Broken
from tests.structured.broken_kinds import BROKEN_KINDS
from tests.structured.broken_more import BROKEN_MORE
from tui_chat.core.request import ResponseFormat
from tui_chat.structured.evaluate_reply import evaluate
from tui_chat.structured.lossless_json import Number, dumps
from tui_chat.structured.verdict import Evaluation, Verdict

ALL = (*BROKEN, *BROKEN_MORE, *BROKEN_KINDS)


def evaluation(case: Broken) -> Evaluation:
    return evaluate(case.raw, ResponseFormat("json_object"), finish_reason=case.finish_reason)


def is_same(value: Any, wanted: Any) -> bool:
    """Return whether a value is the expected one, comparing numbers by their digits."""
    if isinstance(value, dict) and isinstance(wanted, dict):
        pairs = zip(value.items(), wanted.items(), strict=False)
        return len(value) == len(wanted) and all(
            key == other and is_same(inner, right) for (key, inner), (other, right) in pairs
        )
    if isinstance(value, list) and isinstance(wanted, list):
        return len(value) == len(wanted) and all(map(is_same, value, wanted))
    if isinstance(value, Number):
        return bool(value.text == wanted)
    return type(value) is type(wanted) and bool(value == wanted)


def ours(case: Broken) -> str:
    """Return right, reported or wrong."""
    found = evaluation(case)
    if case.failure in {NOT, REFUSED}:
        wanted = Verdict.INVALID if case.failure == NOT else Verdict.REFUSED
        return "reported" if found.verdict is wanted and found.reason else "wrong"
    if case.failure:
        is_reported = found.verdict is Verdict.CUT_OFF and bool(found.reason)
        return "reported" if is_reported and is_same(found.value, case.value) else "wrong"
    is_right = found.verdict in {Verdict.REPAIRED, Verdict.VALID} and is_same(
        found.value, case.value
    )
    if is_right:
        return "right"
    return "reported" if found.verdict is Verdict.INVALID and found.json is None else "wrong"


def theirs(case: Broken) -> str:
    """Return the result of json-repair alone, which has no verdict."""
    try:
        value: Any = json_repair.loads(case.raw)
    except Exception as error:  # noqa: BLE001 - it may raise anything
        return f"raises {type(error).__name__}"
    if case.failure:
        is_nothing = value in ("", None) and case.failure in {NOT, REFUSED}
        return "reported" if is_nothing else "wrong (not reported)"
    return "right" if dumps(value) == dumps(case.value) else "wrong"


def main() -> int:
    counts: Counter[tuple[str, str]] = Counter()
    write = sys.stdout.write
    write(f"{'kind':42} {'tui-chat':8} {'json-repair':18} the first repair, or the reason\n")
    for case in ALL:
        found, own, plain = evaluation(case), ours(case), theirs(case)
        counts["tui-chat", own] += 1
        counts["json-repair", plain.split()[0]] += 1
        words = found.reason or (found.repairs[0].message if found.repairs else found.verdict.value)
        write(f"{case.kind:42} {own:8} {plain:18} {words[:90]}\n")
    write(f"\n{len(ALL)} answers\n")
    for (name, outcome), count in sorted(counts.items()):
        write(f"{name:12} {outcome:8} {count}\n")
    return int(bool(counts["tui-chat", "wrong"]))


if __name__ == "__main__":
    sys.exit(main())
