"""The verdict on an answer. Pure, and never raises on what a model wrote."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from tui_chat.core.stream_events import is_cut, is_refused
from tui_chat.structured.lossless_json import describe_type, dumps, loads
from tui_chat.structured.parse_reply import parse_reply
from tui_chat.structured.schemas.validate import validate
from tui_chat.structured.verdict import (
    MOST_REPAIRS,
    Evaluation,
    Repair,
    ValidationError,
    Verdict,
    format_path,
)

if TYPE_CHECKING:
    from tui_chat.core.request import ResponseFormat
    from tui_chat.structured.parse_reply import ParsedReply

LARGEST: Final = 16_000_000
"""Characters of an answer that are read at all."""
_REFUSAL: Final = re.compile(
    r"""(?:I(?:['’]m|\s+am)\s+(?:very\s+)?(?:sorry|unable|not\s+able)|(?:I\s+)?apologi[sz]e|sorry\b|Unfortunately,?\s+I\s+(?:can(?:no|['’])t|am\s+(?:not\s+able|unable))
        |I\s+(?:can(?:no|['’])t|won['’]t|will\s+not|must\s+decline)|As\s+an\s+AI
        |(?:很|非常)?抱歉|对不起|我(?:不能|无法)|作为(?:一个)?(?:AI|人工智能))""",
    re.VERBOSE | re.IGNORECASE,
)


def evaluate(
    raw: str,
    response_format: ResponseFormat,
    *,
    finish_reason: str | None = "stop",
    is_whole: bool = True,
    sent_as: str = "",
) -> Evaluation:
    """Judge an answer.

    Args:
        raw: The answer as it came.
        response_format: The requested format.
        finish_reason: As the endpoint named it. One that means a limit makes the answer cut off,
            whatever it looks like: 36 cut to 3 fits every schema.
        is_whole: Whether the answer came to its end; false when it was stopped or broke off.
        sent_as: How the endpoint was asked.
    """
    as_stored = response_format.as_mapping()
    if is_refused(finish_reason):
        words = "The model refused, or its endpoint withheld the answer."
        return Evaluation(
            Verdict.REFUSED, raw, reason=words, response_format=as_stored, sent_as=sent_as
        )
    is_limited = is_cut(finish_reason) or not is_whole
    if len(raw) > LARGEST:
        words = f"The answer is longer than the {LARGEST // 1_000_000} MB that are read."
        verdict = Verdict.CUT_OFF if is_limited else Verdict.INVALID
        return Evaluation(verdict, raw, reason=words, response_format=as_stored, sent_as=sent_as)
    schema = (
        loads(dumps(response_format.schema)).value if response_format.schema is not None else None
    )
    reading = parse_reply(raw, lambda value: not _errors(value, schema)[1])
    errors, count = ([], 0) if reading.json is None else _errors(reading.value, schema)
    verdict = _verdict(raw, reading, count, is_limited=is_limited)
    if verdict is Verdict.CUT_OFF:
        # What has not come is not missing.
        errors, count = [], 0
    repairs = [
        Repair(edit.message, edit.start, edit.end, edit.replacement) for edit in reading.edits
    ]
    repairs += [Repair(words) for words in reading.notes]
    return Evaluation(
        verdict,
        raw,
        json=reading.json,
        repairs=tuple(repairs[:MOST_REPAIRS]),
        repair_count=len(repairs),
        errors=tuple(errors),
        error_count=count,
        reason=_reason(reading, verdict, is_limited=is_limited),
        open_path=reading.open_path if verdict is Verdict.CUT_OFF else None,
        response_format=as_stored,
        sent_as=sent_as,
    )


def _verdict(raw: str, reading: ParsedReply, errors: int, *, is_limited: bool) -> Verdict:
    if reading.json is None and not reading.is_cut and _REFUSAL.match(raw.lstrip()[:200]):
        return Verdict.REFUSED
    # Only brackets that the model forgot can be added: of a leaf nobody knows the rest.
    if is_limited or reading.is_leaf_cut or (reading.is_cut and reading.json is None):
        return Verdict.CUT_OFF
    if reading.json is None or errors:
        return Verdict.INVALID
    return Verdict.REPAIRED if reading.edits or reading.notes else Verdict.VALID


def _reason(reading: ParsedReply, verdict: Verdict, *, is_limited: bool) -> str:
    if verdict is Verdict.REFUSED:
        return "The model refused to answer."
    if verdict is not Verdict.CUT_OFF:
        return reading.reason
    why = "at its limit of tokens or before its end" if is_limited else "before its end"
    if reading.open_path is None:
        return f"The answer was cut off {why}; more may have been meant. {reading.reason}".strip()
    at = format_path(reading.open_path)
    where = f" while “{at}” was written" if at else ""
    return f"The answer was cut off {why}{where}."


def _errors(value: Any, schema: dict[str, Any] | None) -> tuple[list[ValidationError], int]:
    if schema is not None:
        return validate(value, schema)
    if isinstance(value, dict | list):
        return [], 0
    words = f"It is {describe_type(value)}; wanted is an object."
    return [ValidationError((), words, "type")], 1
