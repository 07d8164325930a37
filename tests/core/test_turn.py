from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.strategies import SPLIT_TEXTS
from tui_chat.core.conversation import Message, MessageStatus, Role
from tui_chat.core.errors import CutOff, EngineError, ServerFailed
from tui_chat.core.reply_extras import ExtraKind, ReplyExtra
from tui_chat.core.stream_events import (
    Finished,
    PartsArrived,
    Phase,
    ReasoningDelta,
    Retrying,
    StreamEvent,
    TextDelta,
    TextWasReasoning,
    Usage,
    Waiting,
)
from tui_chat.core.text.sanitize import replace_surrogates
from tui_chat.core.tools.call import ToolCall
from tui_chat.core.tools.events import CallChanged, RoundStarted
from tui_chat.core.turn import Turn

_START = datetime(2026, 1, 1, tzinfo=UTC)


def _at(seconds: int) -> datetime:
    return _START + timedelta(seconds=seconds)


def _turn() -> Turn:
    question = Message("q", "c", None, Role.USER, "Why?", _START)
    reply = Message(
        "r", "c", "q", Role.ASSISTANT, "", _START, status=MessageStatus.STREAMING, model="asked"
    )
    return Turn(question, reply)


def _fed(turn: Turn, *events: StreamEvent) -> Turn:
    for second, event in enumerate(events):
        turn.apply(event, _at(second))
    return turn


def test_a_finished_reply_is_complete() -> None:
    turn = _fed(
        _turn(),
        Waiting(Phase.CONNECTING),
        ReasoningDelta("hm"),
        TextDelta("Be"),
        TextDelta("cause"),
        Finished("stop", Usage(3, 2), model="answered"),
    )

    reply = turn.finish(_at(9))

    assert reply == Message(
        "r",
        "c",
        "q",
        Role.ASSISTANT,
        "Because",
        _START,
        reasoning="hm",
        status=MessageStatus.COMPLETE,
        finish_reason="stop",
        model="answered",
        input_tokens=3,
        output_tokens=2,
        first_token_at=_at(1),
        finished_at=_at(9),
    )


@pytest.mark.parametrize("reason", ["length", "content_filter", "tool_calls", "odd"])
def test_an_incomplete_reply_has_a_reason(reason: str) -> None:
    reply = _fed(_turn(), TextDelta("x"), Finished(reason)).finish(_at(9))

    assert (reply.status, reply.finish_reason) == (MessageStatus.COMPLETE, reason)
    assert reply.error_text
    assert reply.model == "asked"


def test_the_name_of_a_requested_tool_is_shown() -> None:
    reply = _fed(_turn(), Finished("tool_calls", detail="search")).finish(_at(1))

    assert reply.error_text is not None
    assert reply.error_text.endswith("(search)")


def test_a_stream_without_a_finish_event_is_interrupted() -> None:
    reply = _fed(_turn(), TextDelta("half")).finish(_at(9))

    assert (reply.status, reply.content) == (MessageStatus.INTERRUPTED, "half")
    assert reply.finished_at == _at(9)


def test_text_before_a_cancel_is_kept() -> None:
    turn = _fed(_turn(), ReasoningDelta("thought"), TextDelta("half"))
    turn.cancel(_at(5))

    reply = turn.finish(_at(9))

    assert (reply.status, reply.content) == (MessageStatus.CANCELLED, "half")
    assert (reply.reasoning, reply.finished_at) == ("thought", _at(5))


def test_a_cancel_after_the_end_changes_nothing() -> None:
    turn = _fed(_turn(), TextDelta("whole"), Finished("stop"))
    turn.cancel(_at(5))

    assert turn.finish(_at(9)).status is MessageStatus.COMPLETE


def test_a_failure_keeps_text_kind_and_message() -> None:
    turn = _fed(_turn(), TextDelta("half"))
    turn.fail(ServerFailed("It broke.", "Try again.", server_message="oh"), _at(5))

    reply = turn.finish(_at(9))

    assert (reply.status, reply.content) == (MessageStatus.FAILED, "half")
    assert reply.error_kind == "server_failed"
    assert reply.error_text == "It broke. It said: “oh”. Try again."
    assert reply.finished_at == _at(5)


def test_a_failure_without_an_endpoint_has_a_message_too() -> None:
    turn = _turn()
    turn.fail(EngineError("No model.", "Get one."), _at(1))

    reply = turn.finish(_at(1))

    assert (reply.status, reply.error_kind) == (MessageStatus.FAILED, "engine")
    assert reply.error_text == "No model. Get one."


@pytest.mark.parametrize(
    ("text", "status"), [("half", MessageStatus.INTERRUPTED), ("", MessageStatus.FAILED)]
)
def test_a_broken_stream_with_text_is_interrupted(text: str, status: MessageStatus) -> None:
    turn = _fed(_turn(), *([TextDelta(text)] if text else []))
    turn.fail(CutOff("Silence."), _at(2))

    assert turn.finish(_at(3)).status is status


def test_a_failed_continuation_keeps_the_partial_reply() -> None:
    question = Message("q", "c", None, Role.USER, "Why?", _START)
    reply = Message(
        "r", "c", "q", Role.ASSISTANT, "half", _START, status=MessageStatus.STREAMING, model="m"
    )
    turn = Turn(question, reply)
    turn.fail(ServerFailed("It broke."), _at(2))

    final = turn.finish(_at(3))

    assert (final.status, final.content) == (MessageStatus.INTERRUPTED, "half")
    assert final.error_kind == "server_failed"


def test_waiting_and_retrying_are_no_content() -> None:
    turn = _fed(_turn(), Waiting(Phase.ENGINE), Retrying(2, 5, 1.0, "rate-limited"))

    assert turn.snapshot().first_token_at is None
    assert turn.snapshot().status is MessageStatus.STREAMING


def test_a_snapshot_is_the_reply_so_far() -> None:
    turn = _fed(_turn(), TextDelta("one "))
    first = turn.snapshot()
    turn.apply(TextDelta("two"), _at(1))

    assert (first.content, turn.snapshot().content) == ("one ", "one two")
    assert first.id == turn.reply_id == "r"


def test_a_continued_reply_keeps_its_partial_text() -> None:
    started = replace(_turn().snapshot(), content="one ", reasoning="a ")
    turn = _fed(Turn(_turn().question, started), ReasoningDelta("b"), TextDelta("two"))

    assert (turn.snapshot().content, turn.snapshot().reasoning) == ("one two", "a b")


def test_text_that_was_reasoning_moves_and_an_earlier_text_stays() -> None:
    turn = _fed(_turn(), TextDelta("Hm. "), TextWasReasoning(), TextDelta("Paris."))
    assert (turn.snapshot().content, turn.snapshot().reasoning) == ("Paris.", "Hm. ")

    started = replace(_turn().snapshot(), content="one ")
    turn = Turn(_turn().question, started)
    turn = _fed(turn, TextDelta("Hm. "), TextWasReasoning(), TextDelta("two"))
    assert (turn.snapshot().content, turn.snapshot().reasoning) == ("one two", "Hm. ")


@given(SPLIT_TEXTS, st.data())
def test_any_split_folds_to_the_same_reply(pieces: list[str], data: st.DataObject) -> None:
    turn = _turn()
    for piece in pieces:
        turn.apply(TextDelta(piece), _at(0))
        turn.apply(ReasoningDelta(piece), _at(0))
        if data.draw(st.booleans()):
            turn.snapshot()

    reply = turn.finish(_at(1))

    assert reply.content == reply.reasoning == replace_surrogates("".join(pieces))
    reply.content.encode()


def test_text_of_earlier_rounds_is_not_reasoning() -> None:
    turn = _fed(
        _turn(),
        TextDelta("I look."),
        CallChanged(ToolCall("a", "time__now", "{}")),
        RoundStarted(2, 8),
        TextDelta("Hm."),
        TextWasReasoning(),
        TextDelta("Noon."),
    )
    reply = turn.snapshot()
    assert (reply.content, reply.reasoning) == ("I look.Noon.", "Hm.")
    assert [call.call_id for call in reply.tool_calls] == ["a"]


PICTURE = ReplyExtra(ExtraKind.PICTURE, "data:image/png;base64,AAAA")
SOURCE = ReplyExtra(ExtraKind.SOURCE, "https://x.org/")
SOUNDS = [ReplyExtra(ExtraKind.SOUND, f"data:audio/wav;base64,{it}") for it in ("AAA=", "AQ==")]


@pytest.mark.parametrize("how", ["cut off", "cancelled", "complete"])
def test_parts_of_a_reply_are_kept_once_however_it_ends(how: str) -> None:
    turn = _turn()
    turn.apply(PartsArrived((PICTURE, SOUNDS[0])), _at(1))
    turn.apply(PartsArrived((SOURCE, SOUNDS[1])), _at(2))
    if how == "cut off":
        turn.fail(CutOff("lost"), _at(3))
    elif how == "cancelled":
        turn.cancel(_at(3))
    else:
        sound = ReplyExtra(ExtraKind.SOUND, "data:audio/wav;base64,AAAB")
        turn.apply(Finished("stop", extras=(PICTURE, sound, SOURCE)), _at(3))
    reply = turn.finish(_at(4))
    expected = {
        "cut off": MessageStatus.INTERRUPTED,
        "cancelled": MessageStatus.CANCELLED,
        "complete": MessageStatus.COMPLETE,
    }
    assert reply.status is expected[how]
    assert [it.content.data for it in reply.attachments if it.content] == [bytes(3), b"\0\0\1"]
    assert reply.extras == (SOURCE,)
    assert reply.first_token_at is not None
    assert turn.finish(_at(5)) == reply
