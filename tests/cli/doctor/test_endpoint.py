"""The doctor reports connection, models and answer of an endpoint."""

from __future__ import annotations

import asyncio
import os
import socket
import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.doctor.doctor_run import run_doctor, write_config
from tests.providers.wire import END, KEY, completion, delta, event, hello, json_answer
from tests.sse_server import DATA, MODELS, Answer, Cut, SseServer, Stall
from tests.virtual_time import virtual_loop
from tui_chat.config.expiring_store import ExpiringStore
from tui_chat.config.paths import find_paths
from tui_chat.session.endpoint_check.network import STEP_S
from tui_chat.session.services import FORMATS_FILE, RULES_FILE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("no_engine")

HELLO = Answer((hello(END),))
SECRET_PARTS = (KEY, KEY[:14], KEY[8:22], KEY[-12:])


def profile(base_url: str, more: str = 'model = "test-model"') -> str:
    return f'profile = "p"\n[profiles.p]\nbase_url = "{base_url}"\n{more}\n'


def error_answer(status: int, message: str, **fields: Any) -> Answer:
    return json_answer({"error": {"message": message, **fields}}, status)


@pytest.fixture
def closed_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])


@pytest.fixture
def full_port() -> Iterator[int]:
    """A port that neither accepts nor refuses connections."""
    with ExitStack() as stack:
        server = stack.enter_context(socket.socket())
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        for _ in range(3):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(server.getsockname())
        yield int(server.getsockname()[1])


async def test_a_refused_connection_is_reported(
    capsys: pytest.CaptureFixture[str], closed_port: int
) -> None:
    seen = await run_doctor(capsys, base_url=f"http://127.0.0.1:{closed_port}/v1")

    assert seen.one("connect") == (
        "!!",
        f"Nothing answers at 127.0.0.1:{closed_port}: the connection was refused — "
        "Is the server running there?",
    )
    for name in ("TLS", "models", "answer"):
        assert seen.one(name) == ("--", "skipped: no connection")


async def test_a_connection_timeout_is_reported(
    capsys: pytest.CaptureFixture[str], full_port: int
) -> None:
    write_config(profile(f"http://127.0.0.1:{full_port}/v1", "timeouts = { connect = 3 }"))
    began = virtual_loop().time()
    seen = await run_doctor(capsys)

    assert virtual_loop().time() - began == pytest.approx(3, abs=0.5)
    assert "did not accept a connection within 3 s" in seen.one("connect")[1]


async def test_an_unknown_host_is_reported(capsys: pytest.CaptureFixture[str]) -> None:
    seen = await run_doctor(capsys, base_url="http://no-such-host.invalid/v1")

    mark, words = seen.one("DNS")
    assert mark == "!!"
    assert "no-such-host.invalid" in words
    assert "internet connection" in words
    assert seen.one("connect")[0] == seen.one("answer")[0] == "--"


async def test_a_dns_timeout_is_reported(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    answered = threading.Event()
    loop = virtual_loop()

    def resolve(*_: object, **__: object) -> list[object]:
        # The virtual clock no longer waits for this thread.
        loop.thread_patience_s = 0.01
        answered.wait()
        return []

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    began = loop.time()
    seen = await run_doctor(capsys, base_url="http://slow.example/v1")
    answered.set()

    assert loop.time() - began == pytest.approx(STEP_S, abs=0.5)
    assert "could not be resolved within 15 s" in seen.one("DNS")[1]


async def test_the_host_is_resolved(capsys: pytest.CaptureFixture[str]) -> None:
    async with SseServer(HELLO) as server:
        seen = await run_doctor(capsys, base_url=f"http://localhost:{server.port}/v1")

    assert seen.status == 0, seen.text
    assert "127.0.0.1" in seen.one("DNS")[1]
    assert seen.one("connect")[1].startswith(f"127.0.0.1 port {server.port}, ")


async def test_a_valid_certificate_is_reported(capsys: pytest.CaptureFixture[str]) -> None:
    async with SseServer(HELLO, certificate="loopback") as server:
        certificate = DATA / "loopback.crt"
        write_config(profile(server.base_url, f'ca_file = "{certificate}"'))
        seen = await run_doctor(capsys)

    assert seen.status == 0, seen.text
    assert seen.one("certificates")[1] == f"ca_file {certificate}"
    mark, words = seen.one("TLS")
    assert mark == "ok"
    assert words.startswith("TLSv1.3, certificate valid until 2126-")
    assert words.endswith(" ms")


async def test_an_untrusted_certificate_is_reported(capsys: pytest.CaptureFixture[str]) -> None:
    async with SseServer(HELLO, certificate="loopback") as server:
        seen = await run_doctor(capsys, base_url=server.base_url)

    assert seen.failed == ["TLS"]
    assert "is self-signed — " in seen.one("TLS")[1]
    assert "ca_file" in seen.one("TLS")[1]


async def test_an_unverified_certificate_is_reported(capsys: pytest.CaptureFixture[str]) -> None:
    async with SseServer(HELLO, certificate="othername") as server:
        write_config(profile(server.base_url, "verify = false"))
        seen = await run_doctor(capsys)

    assert seen.status == 0, seen.text
    assert "not verified" in seen.one("certificates")[1]
    assert "certificate not verified" in seen.one("TLS")[1]


async def test_https_to_an_http_server_is_reported(capsys: pytest.CaptureFixture[str]) -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(refuse, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        seen = await run_doctor(capsys, base_url=f"https://127.0.0.1:{port}/v1")

    assert seen.failed == ["TLS"]
    assert "speaks plain HTTP, but base_url says https — Write http://" in seen.one("TLS")[1]
    assert seen.one("models")[0] == "--"


async def test_http_to_a_tls_server_is_reported(capsys: pytest.CaptureFixture[str]) -> None:
    async with SseServer(HELLO, certificate="loopback") as server:
        seen = await run_doctor(capsys, base_url=f"http://127.0.0.1:{server.port}/v1")

    assert seen.one("connect")[0] == "ok"
    assert seen.failed == ["models"]
    assert seen.one("answer")[0] == "--"


async def test_a_handshake_timeout_is_reported(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        seen = await run_doctor(capsys, base_url=f"https://127.0.0.1:{port}/v1")

    assert seen.failed == ["TLS"]
    assert "within 15 s — If the server has no HTTPS" in seen.one("TLS")[1]


@pytest.mark.parametrize("content", [None, "not a certificate"])
async def test_unreadable_certificates_are_reported(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    content: str | None,
) -> None:
    file = tmp_path / "ca.pem"
    if content:
        file.write_text(content, encoding="utf-8")
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    async with SseServer(HELLO, certificate="loopback") as server:
        seen = await run_doctor(capsys, base_url=server.base_url)

    assert seen.failed == ["certificates"]
    assert f"SSL_CERT_FILE {file}" in seen.one("certificates")[1]
    assert seen.one("TLS") == ("--", "skipped: the certificates are unreadable")


async def test_a_proxy_is_named_without_its_password(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, closed_port: int
) -> None:
    monkeypatch.setenv("http_proxy", f"http://me:pass-word@127.0.0.1:{closed_port}")
    seen = await run_doctor(capsys, base_url="http://models.example/v1")

    assert f"127.0.0.1:{closed_port} for models.example" in seen.one("proxy")[1]
    assert f"the proxy 127.0.0.1:{closed_port} is unreachable" in seen.one("connect")[1]
    assert "pass-word" not in seen.text
    assert seen.one("answer")[0] == "--"


async def test_no_proxy_bypasses_the_proxy(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, closed_port: int
) -> None:
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{closed_port}")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    async with SseServer(HELLO) as server:
        seen = await run_doctor(capsys, base_url=server.base_url)

    assert seen.status == 0, seen.text
    assert "not used for 127.0.0.1" in seen.one("proxy")[1]


async def test_an_invalid_proxy_is_reported(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:port")
    seen = await run_doctor(capsys, base_url="http://models.example/v1")

    assert seen.failed == ["proxy"]
    assert seen.one("answer") == ("--", "skipped: the proxy is invalid")


async def test_an_unknown_model_is_reported(capsys: pytest.CaptureFixture[str]) -> None:
    refusal = error_answer(404, "The model `test-modle` does not exist", code="model_not_found")
    async with SseServer(refusal) as server:
        write_config(profile(server.base_url, 'model = "test-modle"'))
        seen = await run_doctor(capsys)

    assert seen.failed == ["model", "answer"]
    assert seen.one("model")[1].endswith("is not listed — Did you mean test-model?")
    words = seen.one("answer")[1]
    assert (
        "does not have this model. Server message: “The model `test-modle` does not exist”" in words
    )
    assert "Ctrl+" not in words


async def test_an_unlisted_model_that_answers_is_ok(capsys: pytest.CaptureFixture[str]) -> None:
    async with SseServer(HELLO) as server:
        seen = await run_doctor(capsys, base_url=server.base_url, model="an-alias")

    assert seen.status == 0, seen.text
    assert "not listed, but answers" in seen.one("model")[1]


async def test_an_empty_model_list_is_ok_with_a_model(capsys: pytest.CaptureFixture[str]) -> None:
    async with SseServer(HELLO, models=json_answer({"hello": "there"})) as server:
        seen = await run_doctor(capsys, base_url=server.base_url, model="deployed")

    assert seen.status == 0, seen.text
    assert seen.one("models")[0] == "--"
    assert seen.one("answer")[0] == "ok"


async def test_a_missing_model_list_is_ok_with_a_model(capsys: pytest.CaptureFixture[str]) -> None:
    async with SseServer(HELLO, models=json_answer({}, 404)) as server:
        seen = await run_doctor(capsys, base_url=server.base_url, model="deployed")

    assert seen.status == 0, seen.text
    assert seen.one("models")[0] == "--"


async def test_an_empty_model_list_fails_without_a_model(
    capsys: pytest.CaptureFixture[str],
) -> None:
    async with SseServer(HELLO, models=json_answer({"hello": "there"})) as server:
        seen = await run_doctor(capsys, base_url=server.base_url)

    assert seen.failed == ["models"]
    assert "--model" in seen.one("models")[1]
    assert seen.one("answer") == ("--", "skipped: no model is known")


async def test_a_reasoning_model_that_spends_its_token_is_ok(
    capsys: pytest.CaptureFixture[str],
) -> None:
    async with SseServer(Answer((delta(None, finish="length") + b"data: [DONE]\n\n",))) as server:
        seen = await run_doctor(capsys, base_url=server.base_url)

    assert seen.status == 0, seen.text
    assert "reasoning used" in seen.one("answer")[1]


async def test_max_completion_tokens_is_tried(capsys: pytest.CaptureFixture[str]) -> None:
    refusal = error_answer(
        400,
        "Unsupported parameter: 'max_tokens' is not supported with this model.",
        param="max_tokens",
    )
    async with SseServer(refusal, HELLO) as server:
        seen = await run_doctor(capsys, base_url=server.base_url)

    assert seen.status == 0, seen.text
    assert server.requests[1].json["max_completion_tokens"] == 1
    assert "max_tokens" not in server.requests[1].json


async def test_the_request_uses_the_profile(capsys: pytest.CaptureFixture[str]) -> None:
    whole = json_answer(completion())
    async with SseServer(whole) as server:
        more = (
            'model = "m"\nstream = false\nmax_tokens = 500\ntemperature = 0.5\n'
            "extra_body = { max_completion_tokens = 9, top_k = 3 }\nheaders = { x-team = 'blue' }"
        )
        write_config(profile(server.base_url, more))
        seen = await run_doctor(capsys)

    assert "usage 3 in, 4 out" in seen.one("answer")[1]
    sent = server.requests[0].json
    assert not sent.get("stream")
    assert "max_tokens" not in sent
    assert (sent["max_completion_tokens"], sent["top_k"], sent["temperature"]) == (1, 3, 0.5)
    assert server.requests[0].headers["x-team"] == "blue"


async def test_a_silent_server_times_out(capsys: pytest.CaptureFixture[str]) -> None:
    silent = Answer((Stall(),), framing="none")
    async with SseServer(silent, models=silent) as server:
        began = virtual_loop().time()
        seen = await run_doctor(capsys, base_url=server.base_url, model="m")

    assert virtual_loop().time() - began == pytest.approx(2 * STEP_S, abs=1)
    assert seen.failed == ["models", "answer"]
    assert "within 15 s — " in seen.one("models")[1]
    assert "run this again soon" in seen.one("answer")[1]


async def test_the_doctor_does_not_retry(capsys: pytest.CaptureFixture[str]) -> None:
    async with SseServer(Answer((Cut(),), framing="none")) as server:
        seen = await run_doctor(capsys, base_url=server.base_url)

    assert seen.failed == ["answer"]
    assert len(server.requests) == 1
    assert "Press" not in seen.one("answer")[1]


async def test_server_texts_are_sanitized(capsys: pytest.CaptureFixture[str]) -> None:
    evil = "\x1b]0;owned\x07\u202e"
    models = json_answer({"data": [{"id": f"m{evil}"}]})
    refusal = Answer((event({"error": {"message": f"no{evil}"}}),))
    async with SseServer(refusal, models=models) as server:
        seen = await run_doctor(capsys, base_url=server.base_url)

    assert not {"\x1b", "\x07", "\u202e"} & set(seen.text)
    assert "␛" in seen.one("models")[1]
    assert "␛" in seen.one("answer")[1]


def test_the_test_server_lists_two_models() -> None:
    assert [model["id"] for model in MODELS["data"]] == ["test-model", "other-model"]  # type: ignore[index]
    assert os.environ.get("SSL_CERT_FILE") is None


async def test_what_an_endpoint_refused_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    async with SseServer(*([HELLO] * 2)) as server:
        write_config(profile(server.base_url))
        seen = await run_doctor(capsys)
        assert seen.of("learned") == []
        folder = find_paths(os.environ).state_dir
        rule = ["rename", "max_tokens", "max_completion_tokens"]
        rules = ExpiringStore(folder / RULES_FILE)
        rules.set(f"{server.base_url} test-model", [rule, ["drop", "stream_options", ""]])
        rules.set("https://example.com/v1 test-model", [rule])
        formats = ExpiringStore(folder / FORMATS_FILE)
        formats.set(f"p {server.base_url} test-model", "json_object")
        seen = await run_doctor(capsys)
        assert seen.of("learned") == [
            ("ok", "test-model: max_tokens is sent as max_completion_tokens"),
            ("ok", "test-model: asked as json_object"),
            ("ok", "“tui-chat doctor --forget” forgets this"),
        ]
