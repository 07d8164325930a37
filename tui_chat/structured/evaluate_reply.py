"""Evaluates a reply: parses it, validates it and returns a verdict. Never raises on its content."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from tui_chat.core.labels import _, join_sentences
from tui_chat.core.stream_events import is_cut, is_refused
from tui_chat.structured.lossless_json import describe_type, dumps, loads
from tui_chat.structured.parse_reply import parse_reply
from tui_chat.structured.schemas.validate_value import validate
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
"""Characters; longer replies are not parsed."""
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
    """Evaluate a reply.

    Args:
        raw: The text of the reply.
        response_format: The requested format.
        finish_reason: As reported by the endpoint. A limit makes the reply cut off whatever it
            looks like: 36 cut to 3 validates against any schema.
        is_whole: False when the reply was stopped or the connection broke.
        sent_as: The format that was sent to the endpoint.
    """
    requested = response_format.as_mapping()
    if is_refused(finish_reason):
        reason = _("The model refused, or the endpoint withheld the answer.")
        return Evaluation(
            Verdict.REFUSED, raw, reason=reason, response_format=requested, sent_as=sent_as
        )
    is_limited = is_cut(finish_reason) or not is_whole
    if len(raw) > LARGEST:
        size = LARGEST // 1_000_000
        reason = _("The answer exceeds the limit of {size} MB.").format(size=size)
        verdict = Verdict.CUT_OFF if is_limited else Verdict.INVALID
        return Evaluation(verdict, raw, reason=reason, response_format=requested, sent_as=sent_as)
    schema = None
    if response_format.schema is not None:
        schema = loads(dumps(response_format.schema)).value
    parsed = parse_reply(raw, lambda value: not _errors(value, schema)[1])
    errors, count = ([], 0) if parsed.json is None else _errors(parsed.value, schema)
    verdict = _verdict(raw, parsed, count, is_limited=is_limited)
    if verdict is Verdict.CUT_OFF:
        # Members may be missing only because they have not arrived.
        errors, count = [], 0
    repairs = [
        Repair(edit.message, edit.start, edit.end, edit.replacement) for edit in parsed.edits
    ]
    repairs += [Repair(note) for note in parsed.notes]
    return Evaluation(
        verdict,
        raw,
        json=parsed.json,
        repairs=tuple(repairs[:MOST_REPAIRS]),
        repair_count=len(repairs),
        errors=tuple(errors),
        error_count=count,
        reason=_reason(parsed, verdict),
        open_path=parsed.open_path if verdict is Verdict.CUT_OFF else None,
        response_format=requested,
        sent_as=sent_as,
    )


def _verdict(raw: str, parsed: ParsedReply, errors: int, *, is_limited: bool) -> Verdict:
    if parsed.json is None and not parsed.is_cut and _REFUSAL.match(raw.lstrip()[:200]):
        return Verdict.REFUSED
    # Missing brackets can be added, but the rest of an unfinished scalar is unknown.
    if is_limited or parsed.is_leaf_cut or (parsed.is_cut and parsed.json is None):
        return Verdict.CUT_OFF
    if parsed.json is None or errors:
        return Verdict.INVALID
    return Verdict.REPAIRED if parsed.edits or parsed.notes else Verdict.VALID


def _reason(parsed: ParsedReply, verdict: Verdict) -> str:
    if verdict is Verdict.REFUSED:
        return _("The model refused to answer.")
    if verdict is not Verdict.CUT_OFF:
        return parsed.reason
    if parsed.open_path is None:
        cut = _("The answer was cut off and may be incomplete.")
        return join_sentences(cut, parsed.reason)
    if path := format_path(parsed.open_path):
        return _("The answer was cut off while writing “{path}”.").format(path=path)
    return _("The answer was cut off.")


def _errors(value: Any, schema: dict[str, Any] | None) -> tuple[list[ValidationError], int]:
    if schema is not None:
        return validate(value, schema)
    if isinstance(value, dict | list):
        return [], 0
    message = _("Expected an object, got {type}.").format(type=describe_type(value))
    return [ValidationError((), message, "type")], 1
