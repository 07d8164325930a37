from __future__ import annotations

import json
from datetime import UTC, datetime

from tui_chat.core import http_exchange as exchange_module
from tui_chat.core.http_exchange import Exchange, to_jsonl

_AT = datetime(2026, 1, 2, tzinfo=UTC)


def _exchange() -> Exchange:
    return Exchange("POST", "http://a/v1", _AT, {"x": "y"}, '{"model": "m"}')


def test_an_exchange_is_exported_as_json_lines() -> None:
    exchange = _exchange()
    exchange.status, exchange.response_headers = 200, {"a": "b"}
    exchange.record(0.12345, "data: 中 key\n\n".encode())
    exchange.ended = "complete: stop"
    lines = [json.loads(line) for line in to_jsonl(exchange, lambda text: text.replace("key", "*"))]
    assert [line["kind"] for line in lines] == ["request", "response", "data", "end"]
    assert lines[0]["body"] == '{"model": "m"}'
    assert lines[2] == {"kind": "data", "offset_s": 0.1235, "text": "data: 中 *\n\n"}
    assert lines[3] == {"kind": "end", "words": "complete: stop", "dropped": 0}


def test_the_oldest_entries_are_dropped() -> None:
    exchange = _exchange()
    size = exchange_module.BYTES_LIMIT // 10
    for number in range(25):
        exchange.record(number, bytes(size))
    assert exchange.dropped == 15
    assert [entry.offset_s for entry in exchange.entries] == list(range(15, 25))


def test_many_small_entries_are_bounded_too() -> None:
    exchange = _exchange()
    for number in range(exchange_module.ENTRIES_LIMIT + 5):
        exchange.record(number, b"x")
    assert len(exchange.entries) == exchange_module.ENTRIES_LIMIT
    assert exchange.dropped == 5


def test_one_entry_above_the_limit_is_kept() -> None:
    exchange = _exchange()
    exchange.record(0, bytes(exchange_module.BYTES_LIMIT + 1))
    assert len(exchange.entries) == 1


def test_bad_bytes_can_be_written() -> None:
    exchange = _exchange()
    exchange.record(0, b"\xff\xfe")
    assert "\ufffd" in list(to_jsonl(exchange, str))[2]
