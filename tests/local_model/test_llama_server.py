"""Runs the real child with the real model."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.local_model.processes import children_of, cpu_s, is_alive, until
from tui_chat.core.errors import EngineError
from tui_chat.local_model.model_file import find_model, missing_packages
from tui_chat.local_model.supervisor import EngineState

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.local_model.conftest import EngineMaker
    from tui_chat.local_model.supervisor import EngineAddress

pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(find_model(None) is None, reason=" ".join(missing_packages())),
]
ROOT = Path(__file__).resolve().parents[2]
MODEL_PATH = model.path if (model := find_model(None)) else Path()


@asynccontextmanager
async def asked(
    address: EngineAddress, path: str, body: dict[str, Any] | None = None, *, token: str | None = ""
) -> AsyncIterator[asyncio.StreamReader]:
    """Send a request over a bare connection and close it at the end."""
    port = int(address.base_url.rpartition(":")[2].partition("/")[0])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    data = json.dumps(body).encode() if body else b""
    lines = [
        f"{'POST' if body else 'GET'} /v1{path} HTTP/1.1",
        "Host: 127.0.0.1",
        "Connection: close",
        "Content-Type: application/json",
        f"Content-Length: {len(data)}",
    ]
    if token is not None:
        lines.append(f"Authorization: Bearer {token or address.token.reveal()}")
    writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + data)
    try:
        yield reader
    finally:
        writer.close()
        await writer.wait_closed()


async def answer(
    address: EngineAddress, path: str, body: dict[str, Any] | None = None, *, token: str | None = ""
) -> tuple[int, str]:
    async with asked(address, path, body, token=token) as reader:
        head, _, rest = (await reader.read()).decode().partition("\r\n\r\n")
    return int(head.split()[1]), rest


def question(text: str, **more: Any) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": text}], "temperature": 0, **more}


async def until_it_rests(pid: int) -> None:
    """Wait until a process uses no processor time for half a second."""
    last, since = cpu_s(pid), time.monotonic()

    def rests() -> bool:
        nonlocal last, since
        now = cpu_s(pid)
        if now > last:
            last, since = now, time.monotonic()
        return time.monotonic() - since > 0.5

    await until(rests, "the child to rest", 60)


async def test_the_server_requires_the_token(make_engine: EngineMaker) -> None:
    address = await make_engine().address()

    offer = await answer(address, "/models")
    without = await answer(address, "/chat/completions", question("Hi"), token=None)
    wrong = await answer(address, "/chat/completions", question("Hi"), token="guess")
    models_without = await answer(address, "/models", token=None)

    assert offer[0] == 200
    assert [model["id"] for model in json.loads(offer[1])["data"]] == ["smollm2-135m-instruct"]
    assert str(MODEL_PATH) not in offer[1]
    assert (without[0], wrong[0], models_without[0]) == (401, 401, 401)
    assert (address.model, address.n_ctx) == ("smollm2-135m-instruct", 2048)


async def test_the_server_streams(make_engine: EngineMaker) -> None:
    body = question("What is 2+2?", stream=True, max_tokens=12)

    status, text = await answer(await make_engine().address(), "/chat/completions", body)

    chunks = [line for line in text.splitlines() if line.startswith("data: {")]
    assert status == 200
    assert len(chunks) > 3
    assert "data: [DONE]" in text


async def test_the_server_follows_a_schema(make_engine: EngineMaker) -> None:
    schema = {
        "type": "object",
        "properties": {"age": {"type": "integer"}, "kind": {"enum": ["cat", "dog"]}},
        "required": ["age", "kind"],
        "additionalProperties": False,
    }
    form = {"type": "json_schema", "json_schema": {"name": "pet", "schema": schema}}
    body = question("Tell me a story.", response_format=form, max_tokens=60)

    _, text = await answer(await make_engine().address(), "/chat/completions", body)

    pet = json.loads(json.loads(text)["choices"][0]["message"]["content"])
    assert set(pet) == {"age", "kind"}
    assert pet["kind"] in ("cat", "dog")


async def test_generation_stops_when_the_client_disconnects(make_engine: EngineMaker) -> None:
    engine = make_engine()
    address = await engine.address()
    assert engine.pid is not None
    pid = engine.pid

    body = question("Write a long story.", stream=True, max_tokens=1900, ignore_eos=True)
    async with asked(address, "/chat/completions", body) as reader:
        await reader.readuntil(b'"content":"')
        before = cpu_s(pid)
        await until(lambda: cpu_s(pid) - before > 0.1, "the child to work on")

    await until_it_rests(pid)


async def test_prompt_processing_stops_when_the_client_disconnects(
    make_engine: EngineMaker,
) -> None:
    engine = make_engine()
    address = await engine.address()
    assert engine.pid is not None
    pid, before = engine.pid, cpu_s(engine.pid)

    body = question("The quick brown fox jumps over it. " * 200, stream=True, max_tokens=1)
    async with asked(address, "/chat/completions", body):
        await until(lambda: cpu_s(pid) - before > 0.3, "the child to work")

    left = cpu_s(pid)
    await until_it_rests(pid)
    # Of the processor, which no other job on the machine can lengthen; all of it takes over ten.
    assert cpu_s(pid) - left < 5


async def test_the_child_prints_nothing_and_logs_no_secret(
    make_engine: EngineMaker, log_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-nobody-else's")
    engine = make_engine()
    address = await engine.address()
    await answer(address, "/chat/completions", question("pomegranate", max_tokens=3))
    await answer(address, "/models", token="wrong-guess")

    process = Path(f"/proc/{engine.pid}")
    outputs = [(process / "fd" / number).readlink() for number in "12"]
    seen = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
    log = log_file.read_text(encoding="utf-8")

    assert outputs == [log_file, log_file]
    assert "model loaded" in log
    for secret in (address.token.reveal(), "sk-nobody", "wrong-guess"):
        assert secret not in log
        assert secret.encode() not in seen
    assert "pomegranate" not in log
    terminals = [fd for fd in (process / "fd").iterdir() if "/dev/pts" in str(fd.readlink())]
    assert terminals == []


async def test_a_crashed_server_is_restarted(make_engine: EngineMaker) -> None:
    engine = make_engine()
    await engine.address()
    assert engine.pid is not None
    first = engine.pid

    os.kill(first, signal.SIGSEGV)
    await until(lambda: engine.pid not in (None, first), "a new child")
    status, _ = await answer(await engine.address(), "/models")

    assert status == 200
    assert engine.state is EngineState.READY


async def test_ctrl_c_does_not_end_the_server(make_engine: EngineMaker) -> None:
    engine = make_engine()
    address = await engine.address()
    assert engine.pid is not None

    os.kill(engine.pid, signal.SIGINT)

    assert (await answer(address, "/models"))[0] == 200


async def test_a_path_may_contain_blanks_and_any_letters(
    make_engine: EngineMaker, tmp_path: Path
) -> None:
    path = tmp_path / "ü 模型 x" / "Ä 七.Q4_1.gguf"
    path.parent.mkdir()
    path.symlink_to(MODEL_PATH)

    address = await make_engine(str(path)).address()

    assert address.model == "ä-七"
    assert '"id":"ä-七"' in (await answer(address, "/models"))[1]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("cut", "is damaged or incomplete"),
        ("garbage", "is damaged or incomplete"),
        ("foreign", "the engine does not know the architecture “zlama”"),
    ],
)
async def test_a_bad_file_is_reported(
    make_engine: EngineMaker, tmp_path: Path, kind: str, expected: str
) -> None:
    path = tmp_path / f"{kind}.gguf"
    if kind == "garbage":
        path.write_bytes(b"GGUF\x03\0\0\0" + b"\x7f" * 4000)
    else:
        shutil.copy(MODEL_PATH, path)
        with path.open("r+b") as file:
            head = file.read(4000)
            if kind == "cut":
                file.truncate(5_000_000)
            else:
                file.seek(head.index(b"llama"))
                file.write(b"zlama")

    with pytest.raises(EngineError, match=expected):
        await make_engine(str(path)).address()


@pytest.mark.parametrize("moment", ["ready", "starting"])
async def test_the_child_dies_with_a_killed_parent(log_file: Path, moment: str) -> None:
    command = [sys.executable, "-m", "tests.local_model.parent", str(log_file), moment]
    parent = await asyncio.to_thread(
        subprocess.Popen, command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    assert parent.stdout is not None
    with parent, parent.stdout as output:
        if moment == "ready":
            child = int(await asyncio.to_thread(output.readline))
        else:
            await until(lambda: bool(children_of(parent.pid)), "the child's birth")
            (child,) = children_of(parent.pid)
        parent.kill()
        await until(lambda: not is_alive(child), "the child's death", 3)

        assert output.read() == b""


def test_the_log_stays_short_while_the_server_runs(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("x" * 100, encoding="utf-8")
    code = (
        "from tui_chat.local_model import llama_server as server\n"
        "server._LOG_BYTES = 9; server._truncate_log()"
    )

    with log.open("a", encoding="utf-8") as end:
        subprocess.run([sys.executable, "-c", code], cwd=ROOT, stderr=end, check=True)

    assert log.stat().st_size == 0
