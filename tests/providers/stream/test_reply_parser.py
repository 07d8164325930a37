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
from tui_chat.providers.stream.reply_parser import Ending, ReplyReader

if TYPE_CHECKING:
    from collections.abc import Iterable


def _read(pieces: Iterable[bytes]) -> tuple[str, str, Ending]:
    reader = ReplyReader()
    deltas = [found for piece in pieces for found in reader.feed(piece)] + reader.finish()
    assert all(found.text for found in deltas)
    text = "".join(found.text for found in deltas if isinstance(found, TextDelta))
    reasoning = "".join(found.text for found in deltas if isinstance(found, ReasoningDelta))
    return text, reasoning, reader.ending()


def _without_head(read: tuple[str, str, Ending]) -> tuple[str, str, Ending]:
    """What follows the end in the same read may be in the head; nobody looks at it then."""
    return *read[:2], replace(read[2], head=b"")


@given(STREAMS, st.data())
def test_any_split_gives_the_same_reply(stream: bytes, data: st.DataObject) -> None:
    assert _without_head(_read(split(stream, data))) == _without_head(_read([stream]))


@given(st.binary(max_size=400), st.data())
def test_no_bytes_make_it_raise(stream: bytes, data: st.DataObject) -> None:
    assert _without_head(_read(split(stream, data))) == _without_head(_read([stream]))


@given(STREAMS)
def test_what_comes_can_be_stored_and_sent(stream: bytes) -> None:
    text, reasoning, _ = _read([stream])
    (text + reasoning).encode()


@pytest.mark.parametrize("indent", [None, 0, 1, 2, "\t"])
def test_a_whole_completion_is_read_byte_by_byte(indent: int | None) -> None:
    body = json.dumps(completion("a\n{\n<b>"), indent=indent).encode()
    text, _, ending = _read(bytes([byte]) for byte in body)
    assert text == "a\n{\n<b>"
    assert ending.finish_reason == "stop"


def test_nothing_is_read_after_the_end() -> None:
    reader = ReplyReader()
    reader.feed(hello(END))
    assert reader.is_over
    assert reader.feed(delta("more")) == []


def test_the_limit_of_an_answer_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reply, "ANSWER_LIMIT", 1_000)
    reader = ReplyReader()
    while not reader.is_over:
        reader.feed(delta("some text"))
    reader.finish()
    assert reader.ending().is_too_long
    assert reader.ending().has_text


def test_the_beginning_of_what_is_no_answer_is_kept_and_bounded() -> None:
    assert _read([b"<html>" + b"x" * 100_000])[2].head.startswith(b"<html>")
    assert len(_read([b"<html>" + b"x" * 100_000])[2].head) == reply.HEAD_LIMIT
    assert _read([hello(DONE)])[2].head == b""


def test_half_a_character_at_the_end_is_not_lost() -> None:
    text, _, _ = _read([b'data: {"choices":[{"delta":{"content":"a\\ud83d"}}]}\n\n', DONE])
    assert text == "a\ufffd"


def test_an_empty_reader_says_so() -> None:
    ending = _read([])[2]
    assert ending == Ending(finish_reason=None)


def test_a_refusal_stands_apart_from_an_answer_that_had_begun() -> None:
    refused = delta(refusal="I can") + delta(refusal="not.") + END + DONE
    text, _, ending = _read([delta('{"name": "A') + refused])
    assert text == '{"name": "A\n\nI cannot.'
    assert ending.is_refusal
    assert _read([refused])[0] == "I cannot."
