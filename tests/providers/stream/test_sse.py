from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.providers.streams import STREAMS, split
from tui_chat.providers.stream import sse
from tui_chat.providers.stream.sse import EventParser, LineSplitter, ServerEvent


def _loaded(data: str) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None


def _events(*pieces: bytes) -> list[ServerEvent[Any]]:
    parser: EventParser[Any] = EventParser(_loaded)
    events = [event for piece in pieces for event in parser.feed(piece)]
    return events + parser.finish()


def _data(*pieces: bytes) -> list[str]:
    return [event.data for event in _events(*pieces)]


@pytest.mark.parametrize(
    ("stream", "data"),
    [
        (b"data: a\n\n", ["a"]),
        (b"data:a\n\ndata:  b\n\n", ["a", " b"]),
        (b"data: a\ndata: b\n\n", ["a", "b"]),  # not JSON together: emitted one by one
        (b"data: [1,\ndata: 2]\n\n", ["[1,\n2]"]),
        (b"data\n\ndata:\n\n", []),
        (b": comment\n\nretry: 5\nid: x\n\n", []),
        (b"\xef\xbb\xbfdata: a\n\n", ["a"]),
        (b"data: a\r\n\r\ndata: b\r\rdata: c\n\n", ["a", "b", "c"]),
        (b"data: a", ["a"]),
        (b"data: {}\ndata: {}\n", ["{}", "{}"]),
        (b"data: a\xe2\x80\xa8b\n\n", ["a\u2028b"]),
        (b"data: \xff\n\n", ["\ufffd"]),
    ],
)
def test_events_are_parsed(stream: bytes, data: list[str]) -> None:
    assert _data(stream) == data


def test_an_event_name_applies_to_its_event_only() -> None:
    names = [event.name for event in _events(b"event: error\ndata: a\n\ndata: b\n\n")]
    assert names == ["error", ""]


def test_a_line_outside_the_format_is_bare() -> None:
    (event,) = _events(b'{"a": 1}\n')
    assert event.is_bare
    assert event.payload == {"a": 1}


@given(STREAMS, st.data())
def test_any_split_gives_the_same_events(stream: bytes, data: st.DataObject) -> None:
    assert _events(*split(stream, data)) == _events(stream)


@given(st.binary(max_size=300), st.data())
def test_any_split_of_any_bytes_gives_the_same_lines(stream: bytes, data: st.DataObject) -> None:
    def lines(*pieces: bytes) -> list[str]:
        splitter = LineSplitter()
        found = [line for piece in pieces for line in splitter.feed(piece)]
        return [*found, splitter.finish()]

    assert lines(*split(stream, data)) == lines(stream)


_TOO_LONG = (
    b"data: 1\n\n" + b"x" * 101 + b"\ndata: 2\n\n",
    b"data: 1\n\ndata: " + b"x" * 101 + b"\n\ndata: 2\n\n",
    b"data: 1\n\n" + b"data: 0123456789\n" * 10 + b"\ndata: 2\n\n",
    b"data: 1\n\n" + b"x" * 101,
)


@pytest.mark.parametrize("stream", _TOO_LONG)
@given(data=st.data())
def test_no_event_follows_one_over_the_limit_in_any_split(
    stream: bytes, data: st.DataObject
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sse, "EVENT_LIMIT", 100)
        for pieces in ([stream], split(stream, data)):
            parser: EventParser[Any] = EventParser(_loaded)
            events = [event.data for piece in pieces for event in parser.feed(piece)]
            assert [*events, *(event.data for event in parser.finish())] == ["1"]
            assert parser.is_too_long


@pytest.mark.parametrize("line", [b"x" * 50, b"data: " + b"x" * 10 + b"\n"])
def test_an_event_over_the_limit_is_reported(monkeypatch: pytest.MonkeyPatch, line: bytes) -> None:
    monkeypatch.setattr(sse, "EVENT_LIMIT", 100)
    parser: EventParser[Any] = EventParser(_loaded)
    for _ in range(12):
        parser.feed(line)
    assert parser.is_too_long
