"""The tools of the benchmarks work; nothing is measured here."""

from __future__ import annotations

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

from tests.bench.endpoint import Endpoint
from tests.bench.report import figure, percentile, spread, table_line
from tests.bench.server import Plan
from tests.bench.shapes import SHAPES, ending, pieces_of, text_of
from tests.bench.terminal import Terminal


@pytest.mark.parametrize("shape", SHAPES)
def test_deltas_add_up_to_the_answer(shape: str) -> None:
    assert "".join(pieces_of(shape, 500)) == text_of(shape, 500)
    later = "".join(pieces_of(shape, 400, start=100))
    assert text_of(shape, 100) + later == text_of(shape, 500)


def test_the_server_streams_the_script() -> None:
    plan = Plan(shape="list", deltas=300, end="THEEND")
    with Endpoint() as endpoint:
        endpoint.plan(plan)
        assert _answer(endpoint) == text_of("list", 300) + ending("list", "THEEND")
        # The end is reported after it was sent.
        endpoint._wait_for("last")
        assert len(endpoint.moments("request")) == len(endpoint.moments("last")) == 1


def test_server_waits_for_go() -> None:
    with Endpoint() as endpoint:
        endpoint.plan(Plan(shape="prose", stops=[50, 200], deltas=10))
        with ThreadPoolExecutor(1) as pool:
            answer = pool.submit(_answer, endpoint)
            while not answer.done():
                time.sleep(0.02)
                endpoint.go()
        assert answer.result() == text_of("prose", 210)
        assert len(endpoint.moments("last")) == 2


def test_the_server_reports_a_disconnect() -> None:
    with Endpoint() as endpoint:
        endpoint.plan(Plan(how="flood"))
        connection = _asked(endpoint)
        connection.getresponse().read(10_000)
        gone = time.monotonic()
        connection.close()
        while not endpoint.moments("closed"):
            assert time.monotonic() < gone + 5
            time.sleep(0.01)
        assert gone <= endpoint.moments("closed")[0] < gone + 0.5


def test_the_terminal_finds_text_and_measures_cpu_time() -> None:
    program = "print('one', sum(range(10**6)), 'one two', flush=True); input()"
    with Terminal([sys.executable, "-c", program], {}) as terminal:
        assert terminal.began < terminal.seen("one") <= terminal.seen("one two")
        assert terminal.cpu_s > 0.001
        assert terminal.memory_mb("VmHWM") >= terminal.memory_mb() > 1
        with pytest.raises(TimeoutError):
            terminal.seen("one", patience_s=0.1)


def test_rows_show_whether_a_budget_was_met() -> None:
    assert "| yes " in table_line(figure("start", 1.2, "×", 1.25))
    assert "| MISSED" in table_line(figure("start", 1.3, "×", 1.25))
    times = [number / 1000 for number in range(1, 101)]
    assert percentile(times, 0.5) == 0.05
    assert spread("echo", times, 95).is_met
    assert not spread("echo", times, 94).is_met


def _asked(endpoint: Endpoint) -> HTTPConnection:
    url = urlsplit(endpoint.base_url)
    assert url.hostname is not None
    connection = HTTPConnection(url.hostname, url.port, timeout=5)
    connection.request("POST", f"{url.path}/chat/completions", body=b"{}")
    return connection


def _answer(endpoint: Endpoint) -> str:
    connection = _asked(endpoint)
    body = connection.getresponse().read().decode()
    connection.close()
    data = [line.removeprefix("data: ") for line in body.split("\n\n") if line]
    assert data.pop() == "[DONE]"
    return "".join(json.loads(line)["choices"][0]["delta"]["content"] for line in data)
