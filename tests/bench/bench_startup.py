"""How long from exec to a prompt that takes keys, against a bare Textual app, in one run.

    python -m tests.bench.bench_startup [ROUNDS]

Both programs run in a PTY with compiled bytecode; the rounds alternate, and the ratio of the
medians is the figure. "usable" is the echo of a key that was typed right after the first paint.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

from tests.pty.program import PtyProgram

_BARE = """
from textual.app import App
from textual.widgets import TextArea

class Bare(App):
    def compose(self):
        yield TextArea()

Bare().run()
"""


def measure(arguments: list[str], paint_mark: str, env: dict[str, str]) -> tuple[float, float]:
    """Return seconds to the first paint and to the echo of a key."""
    began = time.perf_counter()
    with PtyProgram(arguments, env=env) as program:
        if paint_mark:
            program.seen(paint_mark)
        else:
            program.until(lambda: len(program.written) > 2_000)
        painted = time.perf_counter() - began
        program.send("q")
        program.seen("q")
        usable = time.perf_counter() - began
        program.send("\x11")
        program.ended()
    return painted, usable


def main() -> None:
    """Print the table."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    home = tempfile.mkdtemp()
    env = {"HOME": home, "PYTHONDONTWRITEBYTECODE": ""} | {
        f"XDG_{kind}_HOME": str(Path(home, kind)) for kind in ("CONFIG", "DATA", "STATE", "CACHE")
    }
    for name in list(os.environ):
        if name.startswith(("OPENAI_", "TUI_CHAT_")):
            del os.environ[name]
    programs = {
        "bare": (["-c", _BARE], ""),
        "tui-chat": (["-m", "tui_chat"], "Ask anything"),
    }
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in programs}
    for round_number in range(rounds + 1):
        for name, (arguments, mark) in programs.items():
            result = measure(arguments, mark, env)
            if round_number:  # The first one compiles bytecode.
                times[name].append(result)
    print(f"Python {sys.version.split()[0]}, {os.cpu_count()} cores, bytecode compiled, {rounds=}")
    medians = {}
    for name, rows in times.items():
        painted = statistics.median(row[0] for row in rows)
        usable = statistics.median(row[1] for row in rows)
        medians[name] = (painted, usable)
        print(f"{name:10} paint {painted * 1000:6.0f} ms   usable {usable * 1000:6.0f} ms")
    for index, what in enumerate(("paint", "usable")):
        print(f"ratio {what}: {medians['tui-chat'][index] / medians['bare'][index]:.2f}")


if __name__ == "__main__":
    main()
