"""Property tests: a damaged object is either restored exactly or reported."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from tui_chat.core.request import ResponseFormat
from tui_chat.structured.evaluate_reply import evaluate
from tui_chat.structured.lossless_json import dumps, loads
from tui_chat.structured.verdict import Evaluation, Verdict

OBJECT = ResponseFormat("json_object")
TEXTS = st.text(
    st.sampled_from("ab Z9.,:;'\"{}[]()\\/\n\t#*+-=“”’`中é😀_") | st.characters(codec="utf-8"),
    max_size=12,
)
QUIET = st.text(st.sampled_from("ab Z9.中é😀_-"), max_size=12)
LEAVES = st.none() | st.booleans() | st.integers(-(10**20), 10**20)


def objects(texts: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    inner = st.recursive(
        LEAVES | texts,
        lambda it: st.lists(it, max_size=3) | st.dictionaries(texts, it, max_size=3),
        max_leaves=8,
    )
    return st.dictionaries(texts, inner, min_size=1, max_size=4)


def evaluation(raw: str) -> Evaluation:
    found = evaluate(raw, OBJECT)
    if found.json is not None:
        assert loads(found.json).value == found.value
    return found


@given(objects(TEXTS))
def test_valid_json_is_unchanged(value: Any) -> None:
    raw = dumps(value)
    assert evaluation(raw).verdict is Verdict.VALID
    assert evaluation(raw).value == value
    assert json.loads(raw) == value


@given(objects(TEXTS))
@example({"'\"": "'"})
@example({"`:": None})
@example({"\nu": None, "\xa0": None})
@example({"": "", '"‘': None})
def test_python_repr_is_parsed(value: Any) -> None:
    # `C:\temp` is ambiguous: a Windows path or a tab.
    assume(not re.search(r"""['"][A-Za-z]:\\[bfrt][\w.-]""", repr(value)))
    found = evaluation(repr(value))
    assert found.value == value or found.verdict is Verdict.INVALID, found


@given(objects(QUIET))
def test_other_quotes_are_parsed(value: Any) -> None:
    raw = dumps(value)
    for opener, closer in ("''", "“”", "``", "«»"):
        parts = raw.split('"')
        other = "".join(
            part + (opener if at % 2 == 0 else closer) for at, part in enumerate(parts[:-1])
        )
        assert evaluation(other + parts[-1]).value == value


@given(objects(TEXTS))
@example({"</THINK>": None})
@example({"</think>": {"a": 1}})
def test_trailing_commas_comments_and_fences_are_removed(value: Any) -> None:
    raw = dumps(value, indent=2)
    lines = [f"{line}  // c" if '"' not in line else line for line in raw.split("\n")]
    broken = "\n".join(lines[:-1]) + ",\n}"
    found = evaluation(f"Here:\n```json\n{broken}\n```\nDone.")
    assert found.value == value
    assert found.verdict is Verdict.REPAIRED


@given(objects(QUIET))
def test_bare_keys_are_parsed(value: Any) -> None:
    keys = {f"k{at}": inner for at, inner in enumerate(value.values())}
    raw = dumps(keys)
    for key in keys:
        raw = raw.replace(f'"{key}": ', f"{key}: ", 1)
    assert evaluation(raw).value == keys


@given(objects(QUIET), st.data())
def test_a_prefix_is_never_valid(value: Any, data: st.DataObject) -> None:
    raw = dumps(value)
    end = data.draw(st.integers(1, len(raw) - 1))
    found = evaluation(raw[:end])
    if found.verdict is Verdict.REPAIRED:
        # Only closing brackets can be missing.
        assert found.value == value or raw[end] in ",}]", found
    else:
        assert found.verdict is Verdict.CUT_OFF, found
    assert evaluate(raw[:end], OBJECT, finish_reason="length").verdict is Verdict.CUT_OFF


@settings(max_examples=100)
@given(objects(TEXTS), st.data())
def test_damage_never_raises_and_never_loses_a_word_silently(
    value: Any, data: st.DataObject
) -> None:
    raw = dumps(value)
    at = data.draw(st.integers(0, len(raw) - 1))
    damaged = raw[:at] + data.draw(st.sampled_from(["", '"', "'", "}", "]", ",", ":", "\\", "{"]))
    damaged += raw[at + 1 :]
    found = evaluation(damaged)
    if found.verdict is Verdict.VALID:
        assert json.loads(damaged) == found.value


@given(st.text(st.sampled_from("{}[]\"':,\\/*#tfn1.-+ \n`a“”(…"), max_size=60))
@settings(max_examples=200)
def test_noise_never_raises(raw: str) -> None:
    evaluation(raw)


@pytest.mark.parametrize("depth", [199, 200])
def test_nesting_up_to_the_limit_is_parsed(depth: int) -> None:
    assert evaluation("[" * depth + "1" + "]" * depth).verdict is Verdict.VALID
    assert evaluation("[" * depth + "1," + "]" * depth).verdict is Verdict.REPAIRED


def test_nesting_beyond_the_limit_is_reported() -> None:
    assert "more than 200 levels" in evaluation("[" * 201 + "]" * 201).reason
    assert "more than 200 levels" in evaluation("[" * 201 + "1," + "]" * 201).reason
