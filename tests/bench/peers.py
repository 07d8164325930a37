"""Other terminal chats, when they are installed beside: TUI_CHAT_PEERS names a folder of venvs.

    for name in elia-chat oterm parllama; do
        venv=peers/${name%-chat}
        uv venv $venv && uv pip install --python $venv/bin/python --compile-bytecode $name
    done

elia and oterm are pointed at the scripted endpoint and stream too; parllama keeps its endpoints in
a database of its own making and is only started.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.bench.endpoint import Endpoint
from tests.bench.program import empty_home, environment
from tests.bench.report import Row, figure, spread
from tests.bench.server import Plan
from tests.bench.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

RATE: Final = 200
LEAST_PAINT: Final = 4_000
"""Bytes after which a program has painted its first screen."""
ANSWER_PATIENCE_S: Final = 60.0
KEY_PATIENCE_S: Final = 10.0
_FIRST_LETTER: Final = 0x1401
_OTERM_CHAT: Final = """
import asyncio
from oterm.store.store import Store
from oterm.types import ChatModel

async def main():
    store = await Store.get_store()
    chat = ChatModel(name="bench", model="m", provider="openai-compat/bench")
    await store.save_chat(chat)

asyncio.run(main())
"""


@dataclass(frozen=True)
class Peer:
    """The way to ask a program something."""

    name: str
    prepare: Callable[[Path, Path, str], dict[str, str]] | None = None
    """Given its venv, a home and an endpoint, writes its settings; returns its environment. None:
    it cannot be pointed at an endpoint."""
    arguments: tuple[str, ...] = ()
    """With which it asks at its start."""
    keys: bytes = b""
    """With which it asks once it is painted."""


def _elia(venv: Path, home: Path, base_url: str) -> dict[str, str]:
    folder = home / "config" / "elia"
    folder.mkdir(parents=True)
    model = f'id = "bench"\nname = "openai/m"\napi_base = "{base_url}"\napi_key = "sk-none"\n'
    config = f'default_model = "bench"\n[[models]]\n{model}'
    (folder / "config.toml").write_text(config, encoding="utf-8")
    return {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "OPENAI_API_KEY": "sk-none"}


def _oterm(venv: Path, home: Path, base_url: str) -> dict[str, str]:
    folder = home / "oterm"
    folder.mkdir()
    endpoint = {"bench": {"base_url": base_url, "api_key": "sk-none"}}
    config = {"splash-screen": False, "openaiCompatible": endpoint}
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    env = {"OTERM_DATA_DIR": str(folder), "OLLAMA_HOST": "127.0.0.1:9"}
    command = [str(venv / "bin" / "python"), "-c", _OTERM_CHAT]
    subprocess.run(command, env={**environment(home), **env}, check=True, capture_output=True)
    return env


PEERS: Final = (
    Peer("elia", _elia, arguments=("question",)),
    Peer("oterm", _oterm, keys=b"question\r"),
    Peer("parllama"),
)


def peers(quick: bool) -> Iterator[Row]:
    """Measure every peer that is there, as its venv's `bin/NAME`."""
    folder = os.environ.get("TUI_CHAT_PEERS", "")
    if not folder:
        yield Row("peers", "not measured", note="TUI_CHAT_PEERS=folder of venvs is not set")
        return
    for peer in PEERS:
        venv = Path(folder, peer.name)
        if not (venv / "bin" / peer.name).exists():
            yield Row(f"peer {peer.name}", "not installed", note=str(venv))
            continue
        times = [_first_paint(venv, peer) for _ in range(2 if quick else 4)]
        note = "exec to 4 kB written; compare with the first paint above"
        paint_ms = statistics.median(times[1:]) * 1000
        yield figure(f"peer {peer.name}: first paint", paint_ms, "ms", note=note)
        if peer.prepare is None:
            continue
        for name, measure in (("stream", _stream), ("echo", _echo)):
            try:
                yield measure(venv, peer, quick)
            except TimeoutError:
                yield Row(f"peer {peer.name}: {name}", "did not finish")


def _first_paint(venv: Path, peer: Peer) -> float:
    command = [str(venv / "bin" / peer.name)]
    with empty_home() as home, Terminal(command, environment(home)) as terminal:
        terminal.until(lambda: terminal.output_bytes > LEAST_PAINT)
        return terminal.last_read - terminal.began


@contextmanager
def _asked(venv: Path, peer: Peer, plan: Plan) -> Iterator[tuple[Terminal, Endpoint]]:
    """Start a peer and have it ask; the answer has begun when the block does."""
    assert peer.prepare is not None
    with empty_home() as home, Endpoint() as endpoint:
        env = environment(home) | peer.prepare(venv, home, endpoint.base_url)
        endpoint.plan(plan)
        with Terminal([str(venv / "bin" / peer.name), *peer.arguments], env) as terminal:
            if peer.keys:
                terminal.until(lambda: terminal.output_bytes > LEAST_PAINT)
                terminal.settle()
                terminal.send(peer.keys[:-1])
                terminal.pump(0.5)
                terminal.send(peer.keys[-1:])
            terminal.until(lambda: endpoint.moments("first"))
            yield terminal, endpoint


def _stream(venv: Path, peer: Peer, quick: bool) -> Row:
    """Measure one answer of mixed Markdown, until it does no more."""
    deltas = RATE * (3 if quick else 10)
    with _asked(venv, peer, Plan(deltas=deltas, rate=RATE)) as (terminal, endpoint):
        cpu_s = terminal.cpu_s
        terminal.until(lambda: endpoint.moments("last"), ANSWER_PATIENCE_S)
        terminal.settle()
        cost = (terminal.cpu_s - cpu_s) / deltas * 1000
    note = f"{deltas} deltas; compare with mixed above"
    return figure(f"peer {peer.name}: CPU per 1000 deltas at {RATE}/s", cost, "s", note=note)


def _echo(venv: Path, peer: Peer, quick: bool) -> Row:
    """Type while deltas come."""
    count = 5 if quick else 20
    times = []
    with _asked(venv, peer, Plan(deltas=RATE * 60, rate=RATE)) as (terminal, _):
        terminal.pump(1)
        for index in range(count):
            letter = chr(_FIRST_LETTER + index)
            terminal.look_from_here()
            sent = terminal.send(letter.encode())
            times.append(terminal.seen(letter, KEY_PATIENCE_S) - sent)
            terminal.pump(0.1)
    return spread(f"peer {peer.name}: key to echo, {RATE} deltas/s", times)
