from __future__ import annotations

from datetime import timedelta

import pytest

from tests.ui.bare import message
from tui_chat.core.conversation import MessageStatus, Role, now
from tui_chat.core.profile import Profile
from tui_chat.core.request import ResponseFormat
from tui_chat.core.text.quantities import compact_count
from tui_chat.ui.labels import (
    author,
    duration_s,
    endpoint_words,
    notice_words,
    ready_words,
    status_words,
)

BEGAN = now()
ENDED = BEGAN + timedelta(seconds=3.24)


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, "0"),
        (999, "999"),
        (1000, "1.0k"),
        (1249, "1.2k"),
        (34_000, "34k"),
        (2_100_000, "2.1M"),
    ],
)
def test_counts_are_short(count: int, words: str) -> None:
    assert compact_count(count) == words


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (MessageStatus.COMPLETE, ""),
        (MessageStatus.STREAMING, ""),
        (MessageStatus.CANCELLED, "stopped by you · 3.2 s"),
        (MessageStatus.FAILED, "failed · 3.2 s"),
        (MessageStatus.INTERRUPTED, "interrupted · 3.2 s"),
    ],
)
def test_how_a_reply_ended(status: MessageStatus, words: str) -> None:
    reply = message(status=status, created_at=BEGAN, finished_at=ENDED)
    assert status_words(reply) == words


def test_a_moment_that_is_not_known_is_not_told() -> None:
    reply = message(status=MessageStatus.INTERRUPTED)
    assert duration_s(reply) is None
    assert status_words(reply) == "interrupted"


def test_who_speaks() -> None:
    assert author(message(Role.USER)) == "You"
    assert author(message(model="m")) == "m"
    assert author(message(model=None, profile="p")) == "p"
    assert author(message(model=None)) == "assistant"
    assert author(message(model="a\x1b]0;x\x07\nb")) == "a␛]0;x␇ b"
    assert len(author(message(model="m" * 1000))) <= 60


def test_the_reason_of_a_failure_is_shown_below() -> None:
    assert notice_words(message(error_text="It broke.")) == "It broke."
    assert notice_words(message()) == ""


def test_an_answer_that_broke_off_says_what_can_be_done() -> None:
    cut = message(status=MessageStatus.INTERRUPTED, content="half")
    empty = message(status=MessageStatus.INTERRUPTED, content="")
    for words in (notice_words(cut), ready_words(cut)):
        assert "broke off" in words
        assert "c " in words
        assert "r " in words
    for words in (notice_words(empty), ready_words(empty)):
        assert "c " not in words
        assert "r " in words
    assert ready_words(message()) == ready_words(None) == "ready"


def test_a_format_for_one_question_is_marked() -> None:
    profile = Profile(name="work", base_url="https://a.example/v1")
    schema = ResponseFormat("json_schema", {"type": "object"}, "person")

    assert endpoint_words("m", profile, schema) == "m · work · {person}"
    assert endpoint_words("m", profile, schema, is_for_one=True) == "m · work · {person}, once"
    once = endpoint_words("m", profile, ResponseFormat(), is_for_one=True)
    assert once == "m · work · text, once"
    assert endpoint_words("m", profile, ResponseFormat()) == "m · work"
