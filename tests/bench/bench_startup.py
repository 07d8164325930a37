"""Time from exec to a prompt that takes keys, against a bare Textual app, in one run.

    python -m tests.bench.bench_startup [ROUNDS]

Both programs run in a PTY with compiled bytecode; the rounds alternate, and the ratio of the
medians is the figure. "usable" is the echo of a key that was typed right after the first paint.
"""

from __future__ import annotations

import statistics
import sys
from typing import TYPE_CHECKING, Final

from tests.bench.program import BARE, PAINTED, chat_command, empty_home, environment
from tests.bench.report import Row, figure, header, table_head, table_line
from tests.bench.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Iterator

RATIO_BUDGET: Final = 1.25
_KEY: Final = "ω"
PROGRAMS: Final = {"bare": BARE, "tui-chat": chat_command("http://127.0.0.1:9/v1")}


def measure(arguments: list[str]) -> tuple[float, float, float]:
    """Return seconds to the first paint, to the echo of a key, and CPU seconds until then."""
    with empty_home() as home, Terminal(arguments, environment(home)) as terminal:
        painted = terminal.seen(PAINTED)
        terminal.send(_KEY.encode())
        echoed = terminal.seen(_KEY)
        cpu_s = terminal.cpu_s
        return painted - terminal.began, echoed - terminal.began, cpu_s


def startup(quick: bool, rounds: int = 0) -> Iterator[Row]:
    """Start both programs in turn."""
    rounds = rounds or (4 if quick else 12)
    found: dict[str, list[tuple[float, float, float]]] = {name: [] for name in PROGRAMS}
    for round_number in range(rounds + 1):
        for name, arguments in PROGRAMS.items():
            result = measure(arguments)
            if round_number:  # The first one compiles bytecode.
                found[name].append(result)
    medians = {
        name: [statistics.median(column) for column in zip(*rows, strict=True)]
        for name, rows in found.items()
    }
    for name, (painted, usable, cpu_s) in medians.items():
        note = f"first paint {painted * 1000:.0f} ms, CPU {cpu_s:.2f} s; median of {rounds}"
        yield figure(f"start to a prompt that takes keys: {name}", usable * 1000, "ms", note=note)
    painted, usable, cpu_s = (
        ours / bare for ours, bare in zip(medians["tui-chat"], medians["bare"], strict=True)
    )
    note = f"first paint {painted:.2f}×, CPU {cpu_s:.2f}×"
    yield figure("start against a bare Textual app", usable, "×", RATIO_BUDGET, note)


if __name__ == "__main__":
    print(header())
    print(table_head())
    for row in startup(quick=False, rounds=int(sys.argv[1]) if len(sys.argv) > 1 else 15):
        print(table_line(row))
