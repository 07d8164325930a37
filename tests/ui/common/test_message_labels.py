from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.ui.bare import message
from tests.ui.objects.test_object_body import evaluated_message
from tui_chat.core.conversation import MessageStatus, Role, now
from tui_chat.structured.verdict import Repair, ValidationError, Verdict
from tui_chat.ui.common.message_labels import (
    author,
    duration_s,
    final_status,
    idle_status,
    message_notice,
    repair_round_label,
    still_invalid_status,
)

STARTED = now()
ENDED = STARTED + timedelta(seconds=3.24)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (MessageStatus.COMPLETE, ""),
        (MessageStatus.STREAMING, ""),
        (MessageStatus.CANCELLED, "stopped by you · 3.2 s"),
        (MessageStatus.FAILED, "failed · 3.2 s"),
        (MessageStatus.INTERRUPTED, "interrupted · 3.2 s"),
    ],
)
def test_the_status_of_a_reply(status: MessageStatus, expected: str) -> None:
    reply = message(status=status, created_at=STARTED, finished_at=ENDED)
    assert final_status(reply) == expected


def test_an_unknown_duration_is_omitted() -> None:
    reply = message(status=MessageStatus.INTERRUPTED)
    assert duration_s(reply) is None
    assert final_status(reply) == "interrupted"


def test_the_author_is_one_sanitized_line() -> None:
    assert author(message(Role.USER)) == "You"
    assert author(message(model="m")) == "m"
    assert author(message(model=None, profile="p")) == "p"
    assert author(message(model=None)) == "assistant"
    assert author(message(model="a\x1b]0;x\x07\nb")) == "a␛]0;x␇ b"
    assert len(author(message(model="m" * 1000))) <= 60


def test_the_reason_of_a_failure_is_shown_below() -> None:
    assert message_notice(message(error_text="It failed.")) == "It failed."
    assert message_notice(message()) == ""


def test_an_interrupted_reply_offers_the_keys_that_go_on() -> None:
    cut = message(status=MessageStatus.INTERRUPTED, content="half")
    empty = message(status=MessageStatus.INTERRUPTED, content="")
    assert message_notice(cut).startswith("This reply was interrupted: ")
    assert message_notice(cut).endswith("press ↑, then c to continue it or r to regenerate it.")
    assert message_notice(empty).endswith("press ↑, then r to regenerate it.")
    assert idle_status(cut) == "interrupted, kept · ↑ then c continues, r regenerates"
    assert idle_status(empty) == "interrupted, kept · ↑ then r regenerates"
    assert idle_status(message()) == idle_status(None) == "ready"


def test_structured_output_is_described_by_its_verdict() -> None:
    def notice(verdict: Verdict, **values: Any) -> str:
        return message_notice(evaluated_message(verdict, "{}", **values))

    errors = (ValidationError(("age",), "It is missing."), ValidationError((), "It is empty."))
    repairs = (Repair("A comma was removed."), Repair("A quote was added."))
    assert notice(Verdict.VALID) == ""
    assert notice(Verdict.CUT_OFF, reason="The limit was reached.") == "The limit was reached."
    assert notice(Verdict.REFUSED, reason="{no} thanks") == "{no} thanks"
    assert notice(Verdict.REPAIRED, repairs=repairs[:1], repair_count=1) == "A comma was removed."
    assert notice(Verdict.REPAIRED, repairs=repairs, repair_count=2) == (
        "A comma was removed. Enter shows every repair."
    )
    fix = "x asks the model to fix it, Enter shows more."
    assert notice(Verdict.INVALID, errors=errors, error_count=2) == f"age: It is missing. {fix}"
    assert notice(Verdict.INVALID, errors=errors[1:], error_count=1) == f"It is empty. {fix}"
    assert notice(Verdict.INVALID, reason="No {object}.") == f"No {{object}}. {fix}"


@pytest.mark.parametrize(
    ("verdict", "number", "expected"),
    [
        (Verdict.INVALID, 3, "still invalid after 3 rounds · ↑ then x tries again"),
        (Verdict.CUT_OFF, 3, "still cut off after 3 rounds · ↑ then x tries again"),
        (Verdict.INVALID, 2, ""),
        (Verdict.VALID, 3, ""),
        (Verdict.REFUSED, 3, ""),
    ],
)
def test_the_last_fix_round_reports_a_failure(verdict: Verdict, number: int, expected: str) -> None:
    reply = evaluated_message(verdict, "{}")
    reply = replace(reply, structured={**(reply.structured or {}), "round": [number, 3]})
    assert repair_round_label(reply) == f"fixing {number}/3"
    assert still_invalid_status(reply) == expected
    assert still_invalid_status(replace(reply, status=MessageStatus.CANCELLED)) == ""
