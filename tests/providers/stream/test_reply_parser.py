from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.providers.streams import STREAMS, split
from tests.providers.wire import DONE, END, completion, delta, hello
from tui_chat.core.stream_events import ReasoningDelta, TextDelta
from tui_chat.providers.stream import reply_parser as reply
from tui_chat.providers.stream.reply_parser import Ending, ReplyParser

if TYPE_CHECKING:
    from collections.abc import Iterable


def _read(pieces: Iterable[bytes]) -> tuple[str, str, Ending]:
    reader = ReplyParser()
    deltas = [found for piece in pieces for found in reader.feed(piece)] + reader.finish()
    assert all(found.text for found in deltas if isinstance(found, TextDelta | ReasoningDelta))
    text = "".join(found.text for found in deltas if isinstance(found, TextDelta))
    reasoning = "".join(found.text for found in deltas if isinstance(found, ReasoningDelta))
    return text, reasoning, reader.ending()


def _without_head(read: tuple[str, str, Ending]) -> tuple[str, str, Ending]:
    """Drop the head, which may contain data after the end that arrived with the same read."""
    return *read[:2], replace(read[2], head=b"")


@given(STREAMS, st.data())
def test_any_split_gives_the_same_reply(stream: bytes, data: st.DataObject) -> None:
    assert _without_head(_read(split(stream, data))) == _without_head(_read([stream]))


@given(st.binary(max_size=400), st.data())
def test_no_bytes_raise(stream: bytes, data: st.DataObject) -> None:
    assert _without_head(_read(split(stream, data))) == _without_head(_read([stream]))


@given(STREAMS)
def test_parsed_text_can_be_stored_and_sent(stream: bytes) -> None:
    text, reasoning, _ = _read([stream])
    (text + reasoning).encode()


@pytest.mark.parametrize("indent", [None, 0, 1, 2, "\t"])
def test_a_whole_completion_is_parsed_byte_by_byte(indent: int | None) -> None:
    body = json.dumps(completion("a\n{\n<b>"), indent=indent).encode()
    text, _, ending = _read(bytes([byte]) for byte in body)
    assert text == "a\n{\n<b>"
    assert ending.finish_reason == "stop"


def test_data_after_the_end_is_ignored() -> None:
    reader = ReplyParser()
    reader.feed(hello(END))
    assert reader.is_over
    assert reader.feed(delta("more")) == []


def test_a_body_over_the_limit_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reply, "ANSWER_LIMIT", 1_000)
    reader = ReplyParser()
    while not reader.is_over:
        reader.feed(delta("some text"))
    reader.finish()
    assert reader.ending().is_too_long
    assert reader.ending().has_text


def test_the_head_of_a_body_without_a_reply_is_kept_and_bounded() -> None:
    assert _read([b"<html>" + b"x" * 100_000])[2].head.startswith(b"<html>")
    assert len(_read([b"<html>" + b"x" * 100_000])[2].head) == reply.HEAD_LIMIT
    assert _read([hello(DONE)])[2].head == b""


def test_a_lone_surrogate_at_the_end_is_replaced() -> None:
    text, _, _ = _read([b'data: {"choices":[{"delta":{"content":"a\\ud83d"}}]}\n\n', DONE])
    assert text == "a\ufffd"


def test_an_empty_body_has_an_empty_ending() -> None:
    ending = _read([])[2]
    assert ending == Ending(finish_reason=None)


def test_a_refusal_is_separated_from_earlier_text() -> None:
    refused = delta(refusal="I can") + delta(refusal="not.") + END + DONE
    text, _, ending = _read([delta('{"name": "A') + refused])
    assert text == '{"name": "A\n\nI cannot.'
    assert ending.is_refusal
    assert _read([refused])[0] == "I cannot."
