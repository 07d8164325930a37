"""Every shape of a stream of tool calls is right, or reported; none is wrong."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.providers.stream.call_shapes import (
    END,
    NO_CALLS,
    PARIS_TEXT,
    SHAPES,
    TOOLS,
    WRITTEN,
    W,
    calls,
    entry,
    said,
)
from tests.providers.wire import event
from tui_chat.core.stream_events import TextDelta
from tui_chat.core.tools.events import CallWriting
from tui_chat.providers.stream.reply_parser import Ending, ReplyParser

if TYPE_CHECKING:
    from tui_chat.core.tools.events import RequestedCall


def _read(data: bytes, *, with_tools: bool = True, size: int = 0) -> tuple[str, list[Any], Ending]:
    reader = ReplyParser(TOOLS if with_tools else None)
    pieces = [data[at : at + size] for at in range(0, len(data), size)] if size else [data]
    found = [it for piece in pieces for it in reader.feed(piece)] + reader.finish()
    text = "".join(it.text for it in found if isinstance(it, TextDelta))
    return text, found, reader.ending()


def _parsed(calls: tuple[RequestedCall, ...]) -> list[tuple[str, dict[str, Any]]]:
    return [(call.name, json.loads(call.arguments)) for call in calls]


@pytest.mark.parametrize("size", [0, 1])
@pytest.mark.parametrize("name", SHAPES)
def test_calls_are_assembled(name: str, size: int) -> None:
    data, wanted = SHAPES[name]
    text, found, ending = _read(data, size=size)
    assert _parsed(ending.calls) == wanted
    assert ending.finish_reason is not None
    assert not any(call.from_text for call in ending.calls)
    assert text == ("I look." if name == "text_before" else "")
    assert any(isinstance(it, CallWriting) for it in found)


@pytest.mark.parametrize("size", [0, 1])
@pytest.mark.parametrize("name", WRITTEN)
def test_calls_in_the_text_are_found(name: str, size: int) -> None:
    written, left, wanted = WRITTEN[name]
    text, _found, ending = _read(said(written), size=size)
    assert _parsed(ending.calls) == wanted
    assert all(call.from_text for call in ending.calls)
    assert text == left


@pytest.mark.parametrize("name", NO_CALLS)
def test_other_text_is_no_call(name: str) -> None:
    text, _found, ending = _read(said(NO_CALLS[name]))
    assert (text, ending.calls) == (NO_CALLS[name], ())


@pytest.mark.parametrize("name", sorted({*WRITTEN} - {"gpt_oss", "after_reasoning"}))
def test_without_tools_a_text_is_never_a_call(name: str) -> None:
    written = WRITTEN[name][0]
    text, _found, ending = _read(said(written), with_tools=False)
    assert (text, ending.calls) == (written, ())


@pytest.mark.parametrize(
    "arguments",
    ["{", '{"city": ', "city=Paris", "[1]", '{"city": "Paris"}}', '{"a": 1}{"b": 2}'],
)
def test_invalid_arguments_stay_as_they_are(arguments: str) -> None:
    _text, _found, ending = _read(calls(entry(W, arguments, call_id="a")) + END)
    assert [(it.name, it.arguments) for it in ending.calls] == [(W, arguments.strip())]


def test_a_flood_of_calls_and_arguments_is_cut() -> None:
    flood = b"".join(calls(entry(W, PARIS_TEXT, at=at)) for at in range(1_000))
    assert len(_read(flood + END)[2].calls) == 64
    long = b"".join(calls(entry(W if at == 0 else None, "x" * 100_000)) for at in range(30))
    assert len(_read(long + END)[2].calls[0].arguments) <= 1_000_000


def test_an_error_in_the_stream_is_not_a_call() -> None:
    data = calls(entry(W, PARIS_TEXT)) + event({"error": {"message": "overloaded"}})
    assert _read(data)[2].error is not None
