from __future__ import annotations

import json
import sys
from collections import Counter
from typing import Any

import pytest

from tui_chat.core.request import ResponseFormat
from tui_chat.structured.evaluator_process import Evaluator
from tui_chat.structured.schemas.check_schema import find_problem
from tui_chat.structured.verdict import Verdict

DEFS = {"a b": {"type": "string"}, "x": {"$anchor": "here", "type": "integer"}}


@pytest.mark.parametrize("key", ["$ref", "$dynamicRef"])
@pytest.mark.parametrize(
    "target", ["#nowhere", "#/$defs/y", "other.json", "https://h/s.json", "#/required/99999999999"]
)
def test_a_reference_out_of_the_schema_is_rejected(key: str, target: str) -> None:
    schema = {"type": "object", "properties": {"a": {key: target}}, "$defs": DEFS}
    assert f"{key} refers to “{target}”" in find_problem(schema)


@pytest.mark.parametrize("target", ["#", "#/$defs/x", "#/$defs/a%20b", "#/$defs/a b", "#here"])
def test_a_reference_into_the_schema_is_fine(target: str) -> None:
    assert not find_problem({"properties": {"a": {"$ref": target}}, "$defs": DEFS})


def test_data_that_looks_like_a_reference_is_data() -> None:
    data = {"$ref": "#nowhere", "pattern": "("}
    schema = {
        "properties": {
            "const": {"const": data},
            "enum": {"enum": [data], "default": data, "examples": [data]},
            "$ref": {"type": "string"},
            "pattern": {"type": "string"},
        }
    }
    assert not find_problem(schema)


def test_a_reference_under_a_property_named_like_data_is_found() -> None:
    schema = {"properties": {"default": {"$ref": "#nowhere"}}}
    assert "#nowhere" in find_problem(schema)


@pytest.mark.parametrize(
    "inner", [{"pattern": "("}, {"patternProperties": {"[": {}}}, {"pattern": "(?<n"}]
)
def test_an_invalid_pattern_is_rejected(inner: dict[str, Any]) -> None:
    assert "pattern" in find_problem({"type": "object", "properties": {"a": inner}})


def test_checking_references_takes_linear_time() -> None:
    """Counts executed lines instead of time."""

    def lines(count: int) -> int:
        schema = {
            "type": "object",
            "properties": {f"p{n}": {"$ref": f"#a{n}"} for n in range(count)},
            "$defs": {f"d{n}": {"$anchor": f"a{n}", "type": "string"} for n in range(count)},
        }
        found: Counter[str] = Counter()

        def trace(frame: Any, event: str, _: object) -> Any:
            if not frame.f_code.co_filename.endswith("schemas/check_schema.py"):
                return None
            found[event] += 1
            return trace

        sys.settrace(trace)
        try:
            assert not find_problem(schema)
        finally:
            sys.settrace(None)
        return found["line"]

    assert lines(400) < 5 * lines(100)


@pytest.mark.parametrize(
    "schema",
    [
        {"$dynamicRef": "#nowhere"},
        {"$ref": "#nowhere"},
        {"$ref": "https://h.example/s.json"},
        {"pattern": "("},
        {"$ref": "#"},
        {"patternProperties": {"[": {}}},
    ],
)
async def test_no_schema_ends_the_evaluator(schema: dict[str, Any]) -> None:
    """A schema that was not checked, such as one from the database, reaches the same process."""
    evaluator = Evaluator()
    try:
        await evaluator.warm_up()
        process = evaluator._process
        for answer in ({"a": 1}, "text"):
            asked = ResponseFormat("json_schema", schema, "s")
            evaluation = await evaluator.evaluate(json.dumps(answer), asked)
            assert evaluation.verdict in (Verdict.INVALID, Verdict.VALID)
        assert evaluator._process is process
        fine = await evaluator.evaluate('{"a": 1}', ResponseFormat("json_object"))
        assert fine.verdict is Verdict.VALID
    finally:
        await evaluator.aclose()
