from __future__ import annotations

import gettext
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.ui.bare import message
from tests.ui.objects.test_object_body import evaluated_message
from tui_chat.config.problems import ConfigProblem
from tui_chat.core import labels as catalog_labels
from tui_chat.core.conversation import Conversation, MessageStatus, Role, now
from tui_chat.core.profile import Profile
from tui_chat.core.request import ResponseFormat
from tui_chat.core.text.quantities import compact_count
from tui_chat.structured.verdict import Repair, ValidationError, Verdict
from tui_chat.ui.labels import (
    ELSEWHERE_WORDS,
    author,
    branches_words,
    duration_s,
    endpoint_words,
    given_up_words,
    header_words,
    no_landmark_words,
    notice_words,
    problem_words,
    ready_words,
    round_words,
    status_words,
    title_words,
)

STARTED = now()
ENDED = STARTED + timedelta(seconds=3.24)


class Uppercase(gettext.NullTranslations):
    def gettext(self, message: str) -> str:
        return message.upper()


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (0, "0"),
        (999, "999"),
        (1000, "1.0k"),
        (1249, "1.2k"),
        (34_000, "34k"),
        (2_100_000, "2.1M"),
    ],
)
def test_counts_are_short(count: int, expected: str) -> None:
    assert compact_count(count) == expected


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
    assert status_words(reply) == expected


def test_an_unknown_duration_is_omitted() -> None:
    reply = message(status=MessageStatus.INTERRUPTED)
    assert duration_s(reply) is None
    assert status_words(reply) == "interrupted"


def test_the_author_is_one_sanitized_line() -> None:
    assert author(message(Role.USER)) == "You"
    assert author(message(model="m")) == "m"
    assert author(message(model=None, profile="p")) == "p"
    assert author(message(model=None)) == "assistant"
    assert author(message(model="a\x1b]0;x\x07\nb")) == "a␛]0;x␇ b"
    assert len(author(message(model="m" * 1000))) <= 60


def test_the_reason_of_a_failure_is_shown_below() -> None:
    assert notice_words(message(error_text="It failed.")) == "It failed."
    assert notice_words(message()) == ""


def test_an_interrupted_reply_offers_the_keys_that_go_on() -> None:
    cut = message(status=MessageStatus.INTERRUPTED, content="half")
    empty = message(status=MessageStatus.INTERRUPTED, content="")
    assert notice_words(cut).startswith("This reply was interrupted: ")
    assert notice_words(cut).endswith("press ↑, then c to continue it or r to regenerate it.")
    assert notice_words(empty).endswith("press ↑, then r to regenerate it.")
    assert ready_words(cut) == "interrupted, kept · ↑ then c continues, r regenerates"
    assert ready_words(empty) == "interrupted, kept · ↑ then r regenerates"
    assert ready_words(message()) == ready_words(None) == "ready"


def test_structured_output_is_described_by_its_verdict() -> None:
    def notice(verdict: Verdict, **values: Any) -> str:
        return notice_words(evaluated_message(verdict, "{}", **values))

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
    assert round_words(reply) == f"fixing {number}/3"
    assert given_up_words(reply) == expected
    assert given_up_words(replace(reply, status=MessageStatus.CANCELLED)) == ""


def test_labels_use_the_installed_catalog(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalog_labels, "_catalog", Uppercase())
    cut = message(status=MessageStatus.INTERRUPTED, content="half")
    assert (author(message(Role.USER)), status_words(cut)) == ("YOU", "INTERRUPTED")
    assert ready_words(None) == "READY"
    assert no_landmark_words("code", 1, is_any=False, is_in_view=False).isupper()
    assert header_words(cut, (1, 2), is_answered_elsewhere=True) == (
        "ANSWERING IN ANOTHER WINDOW · 1/2"
    )
    assert ELSEWHERE_WORDS == "answering in another window"  # Constants are looked up when shown.


def test_branches_are_counted() -> None:
    assert branches_words(1).startswith("Another window added a branch. Press ↑, then [ or ] ")
    assert branches_words(2).startswith("Another window added 2 branches. Press ↑, then [ or ] ")


def test_a_conversation_title_is_marked_with_its_state() -> None:
    conversation = Conversation(id="c", created_at=STARTED, updated_at=STARTED)
    assert title_words(conversation) == "New conversation"
    assert title_words(replace(conversation, title="{a}"), "not saved") == "{a} (not saved)"


def test_one_problem_is_shown_in_full_and_several_are_counted() -> None:
    problem = ConfigProblem(
        Path("/x/config.toml"), None, "theme", "No theme {nrod}.", "Did you mean nord?"
    )
    text = "config.toml: No theme {nrod}. Did you mean nord?"
    assert problem_words([]) == []
    assert problem_words([problem]) == [text]
    assert problem_words([replace(problem, line=3)])[0].startswith("config.toml, line 3: No theme")
    assert problem_words([problem, problem])[0].startswith("config.toml: 2 problems · ")


def test_a_format_for_one_question_is_marked() -> None:
    profile = Profile(name="work", base_url="https://a.example/v1")
    schema = ResponseFormat("json_schema", {"type": "object"}, "person")

    assert endpoint_words("m", profile, schema) == "m · work · {person}"
    assert endpoint_words("m", profile, schema, is_for_one=True) == "m · work · {person}, once"
    once = endpoint_words("m", profile, ResponseFormat(), is_for_one=True)
    assert once == "m · work · text, once"
    assert endpoint_words("m", profile, ResponseFormat()) == "m · work"
    assert endpoint_words("m", profile, schema, is_offline=True) == "m · work · {person} · offline"
