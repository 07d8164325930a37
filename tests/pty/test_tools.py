"""Tools in a real terminal: a real MCP server behind the real program."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path
from time import monotonic, sleep
from typing import TYPE_CHECKING

import pytest

from tests.providers.wire import DONE, END, delta
from tests.pty.program import PATIENCE_S, PtyProgram
from tests.pty.serving import Serving
from tests.sse_server import Answer
from tests.tools_server import COMMAND, hostile_command
from tui_chat.ui.tools.approval_guard import DELAY_S

if TYPE_CHECKING:
    from collections.abc import Sequence

pytestmark = pytest.mark.slow

CHAT = ["-m", "tui_chat", "--new"]
ROOT = Path(__file__).parents[2]
F7, ESCAPE, QUIT = "\x1b[18~", "\x1b", "\x11"
RAW = ("\x1b]52;c;aGFja2Vk", "\x9b31m", "\u202e")
"""Effects that `tests.tools_server.hostile.ESCAPES` must not have on the terminal."""


def configure(command: Sequence[str]) -> None:
    folder = Path(os.environ["XDG_CONFIG_HOME"], "tui-chat")
    folder.mkdir()
    text = f'[tools.tests]\ncommand = {json.dumps(list(command))}\nfolder = "{ROOT}"\n'
    (folder / "config.toml").write_text(text, encoding="utf-8")


def calling(name: str, **arguments: object) -> Answer:
    function = {"name": f"tests__{name}", "arguments": json.dumps(arguments)}
    call = {"index": 0, "id": "call_1", "type": "function", "function": function}
    return Answer(
        (delta("Let me look."), delta(tool_calls=[call]), delta(finish="tool_calls"), DONE)
    )


def switch_on(program: PtyProgram) -> None:
    # Everything is open.
    program.seen("is set in the environment")
    program.send(F7)
    program.seen("Enter starts it")
    program.send("\r")
    program.seen("running")
    program.send(" ")
    program.seen("[x]")
    program.send(ESCAPE)
    program.until(lambda: "Tools of this conversation" not in program.text)


def children(pid: int) -> list[int]:
    """Return the ids of all processes below a process."""
    found = []
    for file in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(file.read_text(encoding="utf-8").rpartition(")")[2].split()[1])
        except OSError:
            # It has ended meanwhile.
            continue
        if parent == pid:
            child = int(file.parent.name)
            found += [child, *children(child)]
    return found


def runs_server(pid: int) -> bool:
    try:
        return b"tests.tools_server" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def ended(pids: Sequence[int]) -> None:
    """Wait until processes have ended."""
    until = monotonic() + PATIENCE_S
    while any(map(runs_server, pids)):
        assert monotonic() < until
        sleep(0.02)


def test_nothing_typed_approves_a_call_and_a_killed_program_leaves_no_server() -> None:
    configure(COMMAND)
    answers = [calling("get_weather", city="Paris"), Answer((delta("It is sunny."), END))]
    with (
        Serving(*answers) as serving,
        PtyProgram(CHAT, env=serving.env()) as program,
    ):
        switch_on(program)
        program.send("How is the weather?\r")
        program.seen("get_weather waits for you")
        # Letters and Enter go to the prompt, which queues a question.
        program.send("always\r")
        program.seen("next: always")
        assert len(serving.requests) == 1
        program.send("\t")
        program.seen("Enter run")
        began = monotonic()
        program.until(lambda: monotonic() - began > DELAY_S)
        program.send("\r")
        program.seen("Paris: 21 °C")
        program.seen("It is sunny.")
        servers = [pid for pid in children(program.pid) if runs_server(pid)]
        assert servers
        program.kill(signal.SIGKILL)
        ended(servers)


def test_what_a_server_sends_does_not_reach_the_terminal() -> None:
    configure(hostile_command("escapes"))
    answers = [calling("echo", text="x"), Answer((delta("Done."), END))]
    with (
        Serving(*answers) as serving,
        PtyProgram(CHAT, env=serving.env(), columns=110, rows=40) as program,
    ):
        switch_on(program)
        program.send("Call it.\r")
        program.seen("waits for you")
        program.send("\t")
        program.seen("Enter run")
        began = monotonic()
        program.until(lambda: monotonic() - began > DELAY_S)
        program.send("\r")
        program.seen("Done.")
        program.seen("[bold]b[/bold]")
        program.send(QUIT)
        program.ended()
        written = program.written.decode("utf-8", "replace")
        assert not [raw for raw in RAW if raw in written]
