"""The key and the endpoint's address never reach a client or the log."""

from __future__ import annotations

import base64
import json
import logging
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.providers.wire import END, KEY, completion, delta, event, json_answer, page
from tests.sse_server import Answer, Cut, Drip
from tui_chat.core.profile import Secret
from tui_chat.core.text.redact import Redactor
from tui_chat.gateway.proxy.key_redaction import StreamRedactor, TextRedactor

if TYPE_CHECKING:
    from pathlib import Path

    import httpx2

    from tests.gateway.conftest import Opener
    from tests.gateway.running import Gateway
    from tests.sse_server import SseServer

SPELLINGS = (
    KEY,
    KEY.upper(),
    KEY[:20],
    KEY[6:],
    quote(KEY, safe=""),
    json.dumps(KEY).replace("/", "\\/")[1:-1],
    "".join(f"\\u{ord(character):04x}" for character in KEY),
    base64.b64encode(KEY.encode()).decode(),
    KEY.encode().hex(),
)
STATUSES = (200, 400, 401, 403, 404, 407, 413, 418, 422, 429, 500, 502, 503, 529)


def pieces(size: int) -> tuple[bytes, ...]:
    """Return deltas that spell out the key, with text around it."""
    parts = [KEY[start : start + size] for start in range(0, len(KEY), size)]
    return (delta("It is "), *map(delta, parts), delta(" I think."), END)


def leaks(text: str, at_most: int = 3) -> bool:
    """Return whether a text contains more than a few consecutive characters of the key."""
    size = at_most + 1
    lower, key = text.lower(), KEY.lower()
    # The key contains common words such as “test”.
    return any(key[at : at + size] in lower for at in range(8, len(key) - size))


def headers_of(answer: httpx2.Response) -> str:
    """Return the headers without the random request ID, which may resemble any hexadecimal text."""
    return str([pair for pair in answer.headers.items() if pair[0] != "x-request-id"])


def text_of(stream: str) -> str:
    """Return the text that a client gets from a stream."""
    out = []
    for line in stream.splitlines():
        if line.startswith("data: {"):
            for choice in json.loads(line[6:]).get("choices") or ():
                out.append(str(choice["delta"].get("content") or ""))
                for call in choice["delta"].get("tool_calls") or ():
                    out.append(call["function"]["arguments"])
    return "".join(out)


@pytest.mark.slow
async def test_no_body_of_the_endpoint_reveals_the_key(opened: Opener) -> None:
    gateway, server = await opened()
    echoes = [(KEY, status) for status in STATUSES] + [(text, 400) for text in SPELLINGS[1:]]
    for spelling, status in echoes:
        body = f'{{"error":{{"message":"Wrong key: {spelling} at","code":"{spelling}"}}}}'
        server.answers = [page(body, status, "application/json")]
        await _assert_no_leak(gateway, server, spelling)


async def _assert_no_leak(gateway: Gateway, server: SseServer, spelling: str) -> None:
    for is_streamed in (True, False):
        for answer in (
            await gateway.ask(stream=is_streamed),
            await gateway.chat(stream=is_streamed),
        ):
            assert not leaks(answer.text + headers_of(answer)), answer.text
            assert spelling not in answer.text
            assert str(server.port) not in answer.text
            assert answer.status_code != 401


async def test_a_web_page_reveals_nothing(opened: Opener) -> None:
    gateway, server = await opened()
    body = f"<html><title>Login {KEY} at {server.base_url}</title></html>"
    server.answers = [page(body, status) for status in (200, 200, 200, 404, 404, 404, 500)]
    for answer in [*[await ask() for _ in range(3) for ask in (gateway.ask, gateway.chat)]]:
        assert answer.status_code >= 400
        assert not leaks(answer.text)
        assert f"127.0.0.1:{server.port}" not in answer.text


@pytest.mark.parametrize("spelling", SPELLINGS, ids=range(len(SPELLINGS)))
async def test_no_event_reveals_the_key(opened: Opener, spelling: str) -> None:
    stream = b"".join(
        (
            f": comment {spelling}\n\n".encode(),
            f'data: {{"id":"{spelling}","choices":[{{"index":0,"delta":'.encode(),
            f'{{"content":"{spelling}"}}}}]}}\n\n'.encode(),
            f"event: {spelling}\n".encode(),
            delta("rest"),
            END,
            f"last {spelling}".encode(),
        )
    )
    gateway, server = await opened()
    for size in (2, 1000):
        server.answers = [Answer((Drip(stream, size),))]
        for text in ((await gateway.ask(stream=True)).text, (await gateway.chat()).text):
            assert spelling not in text
            assert not leaks(text)
            assert "rest" in text


async def test_a_key_spelled_out_over_many_deltas_is_redacted(opened: Opener) -> None:
    gateway, server = await opened()
    for size in (1, 2, 3, 4, 5, 7, 11, 36, 37):
        server.answers = [Answer(pieces(size))]
        stream = (await gateway.ask(stream=True)).text
        assert text_of(stream).startswith("It is ")
        assert text_of(stream).endswith("*** I think.")
        assert not leaks(text_of(stream))
        text = (await gateway.chat()).text
        assert text.endswith("*** I think.")
        assert not leaks(text)


async def test_a_key_spelled_out_in_tool_arguments_is_redacted(opened: Opener) -> None:
    def call(arguments: str) -> bytes:
        return delta(tool_calls=[{"index": 0, "function": {"arguments": arguments}}])

    gateway, _ = await opened(Answer((*map(call, ('{"key": "', *KEY, '"}')), END)))
    text = text_of((await gateway.ask(stream=True)).text)
    assert text.startswith('{"key": "')
    assert text.endswith('***"}')
    assert not leaks(text)


async def test_a_key_that_breaks_off_is_redacted(opened: Opener) -> None:
    gateway, _ = await opened(Answer((*map(delta, KEY), Cut())))
    for text in (text_of((await gateway.ask(stream=True)).text), (await gateway.chat()).text):
        assert not leaks(text)


async def test_an_error_in_a_stream_hides_the_endpoint_address(
    opened: Opener,
) -> None:
    gateway, server = await opened()
    body = {"error": {"message": f"No route to {server.base_url} for sk-other-12345678"}}
    server.answers = [Answer((delta("Hel"), event(body)))]
    for text in ((await gateway.ask(stream=True)).text, (await gateway.chat()).text):
        assert "Hel" in text
        assert str(server.port) not in text
        assert "12345678" not in text
        assert "error" in text


async def test_a_whole_response_is_redacted(opened: Opener) -> None:
    gateway, _ = await opened(json_answer(completion(f"It is {KEY}.", system_fingerprint=KEY)))
    answer = await gateway.ask()
    assert not leaks(answer.text)
    assert answer.json()["choices"][0]["message"]["content"] == "It is ***."


async def test_the_model_list_is_redacted(opened: Opener) -> None:
    listed = json_answer({"data": [{"id": f"m-{KEY}", "owned_by": KEY}]})
    gateway, _ = await opened(models=listed)
    answer = await gateway.client.get("/v1/models", headers={"x-access-code": gateway.code})
    assert answer.json()["data"][0]["id"] == "m-***"


async def test_the_log_contains_no_key(
    opened: Opener, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    caplog.set_level(logging.INFO)
    answers = (page(KEY, 500), Answer((delta(KEY), Cut(resets=True))), Answer(framing="none"))
    gateway, _ = await opened(*answers)
    for _ in answers:
        await gateway.ask(stream=True)
    assert caplog.text
    assert not leaks(caplog.text)
    assert gateway.code not in caplog.text


async def test_text_that_only_resembles_a_key_is_relayed(opened: Opener) -> None:
    stream = delta("Such as sk-wonder777888: Bearer 999888777") + END
    gateway, _ = await opened(Answer((stream,)))
    assert (await gateway.ask(stream=True)).content == stream


async def test_connection_errors_hide_the_endpoint_address(opened: Opener) -> None:
    gateway, server = await opened()
    port = server.port
    await server.__aexit__()
    for answer in (await gateway.ask(stream=True), await gateway.chat()):
        assert answer.status_code == 502
        assert str(port) not in answer.text
        assert "127.0.0.1" not in answer.text


MASKER = Redactor([Secret(KEY)])
TEXTS = st.lists(
    st.one_of(
        st.text(max_size=5),
        st.integers(0, len(KEY)).flatmap(
            lambda start: st.integers(start, len(KEY)).map(lambda end: KEY[start:end])
        ),
    ),
    max_size=12,
)


@settings(deadline=None, max_examples=60)
@given(TEXTS)
def test_a_redacted_text_contains_no_secret_in_any_split(texts: list[str]) -> None:
    guard = TextRedactor(MASKER)
    out = "".join(map(guard.feed, texts)) + guard.finish()
    assert KEY not in out
    if MASKER.redact_known("".join(texts)) == "".join(texts):
        assert out == "".join(texts)


@settings(deadline=None, max_examples=60)
@given(TEXTS, st.integers(1, 40))
def test_a_redacted_stream_is_unchanged_or_masked(texts: list[str], size: int) -> None:
    stream = b"".join(delta(text) for text in texts)
    guard = StreamRedactor(MASKER, MASKER)
    split = [stream[start : start + size] for start in range(0, len(stream), size)]
    out = b"".join(map(guard.feed, split)) + guard.finish()
    whole = "".join(texts)
    if MASKER.redact_known(whole) == whole:
        assert out == stream
    else:
        assert KEY not in text_of(out.decode())
        assert out.count(b"\n") == stream.count(b"\n")


@settings(deadline=None, max_examples=60)
@given(st.binary(max_size=300), st.integers(1, 20))
def test_bytes_without_a_secret_are_unchanged(data: bytes, size: int) -> None:
    guard = StreamRedactor(MASKER, Redactor())
    split = [data[start : start + size] for start in range(0, len(data), size)]
    assert b"".join(map(guard.feed, split)) + guard.finish() == data
