from __future__ import annotations

import pytest

from tests.structured.broken import CUT, NOT, REFUSED, Broken
from tests.structured.table import ALL, evaluation, is_same, ours
from tui_chat.structured.lossless_json import loads
from tui_chat.structured.repair_diff import Change, diff_repairs
from tui_chat.structured.verdict import Evaluation, Verdict

WANTED = {CUT: Verdict.CUT_OFF, NOT: Verdict.INVALID, REFUSED: Verdict.REFUSED}


@pytest.mark.parametrize("case", ALL, ids=lambda case: case.kind)
def test_each_case_is_parsed_or_reported(case: Broken) -> None:
    found = evaluation(case)
    if case.failure:
        assert found.verdict is WANTED[case.failure], found
        assert found.reason
        assert is_same(found.value, case.value), found
    else:
        assert found.verdict in {Verdict.VALID, Verdict.REPAIRED}, found
        assert is_same(found.value, case.value), found
    assert ours(case) == ("reported" if case.failure else "right")


@pytest.mark.parametrize("case", ALL, ids=lambda case: case.kind)
def test_every_change_is_in_the_diff(case: Broken) -> None:
    found = evaluation(case)
    pieces = diff_repairs(found)
    before = "".join(piece.text for piece in pieces if piece.change is not Change.ADDED)
    after = "".join(piece.text for piece in pieces if piece.change is not Change.REMOVED)
    assert before == case.raw
    if found.json is not None:
        assert after.strip("\ufeff \n") == found.json.strip()
        assert loads(found.json)
    if found.verdict is Verdict.REPAIRED:
        assert found.repair_count == len(found.repairs) > 0
        assert all(repair.message.endswith(".") for repair in found.repairs[:1])


@pytest.mark.parametrize("case", ALL, ids=lambda case: case.kind)
def test_an_evaluation_round_trips_through_storage(case: Broken) -> None:
    import json

    found = evaluation(case)
    stored = json.loads(json.dumps(found.as_mapping()))
    assert Evaluation.from_mapping(stored, case.raw) == found
