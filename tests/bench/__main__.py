"""Measures the real program in a real terminal, and prints one table.

    python -m tests.bench [--quick] [--only NAME,NAME]

The whole takes some ten minutes, `--quick` one and a half. Ratios and CPU seconds can be trusted
on a machine that does other things too; times only on one that does nothing else, or as root with
`chrt -r 1` before the command. Even then Linux stops such processes for 50 ms of each second that
they fill (`sched_rt_runtime_us`): the highest figures of a flood are mostly that.

Other terminal chats are measured in the same run when they are installed: see `peers`.
"""

from __future__ import annotations

import argparse
import sys
import time
from typing import TYPE_CHECKING, Final

from tests.bench import (
    bench_startup,
    measures_keys,
    measures_memory,
    measures_object,
    measures_open,
    measures_request,
    measures_stall,
    measures_store,
    measures_stream,
    peers,
)
from tests.bench.report import Row, header, table_head, table_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MEASURES: Final[dict[str, Callable[[bool], Iterator[Row]]]] = {
    "startup": bench_startup.startup,
    "ask": measures_request.asking,
    "request": measures_request.requesting,
    "rate": measures_stream.at_rate,
    "reasoning": measures_stream.reasoning,
    "once": measures_stream.at_once,
    "length": measures_stream.by_length,
    "echo": measures_keys.echo,
    "background": measures_keys.echo_in_the_background,
    "esc": measures_keys.esc,
    "object": measures_object.growing,
    "stall": measures_stall.stalls,
    "open": measures_open.opening,
    "list": measures_open.listing,
    "search": measures_open.searching,
    "store": measures_store.storing,
    "idle": measures_memory.idle,
    "soak": measures_memory.soak,
    "peers": peers.peers,
}


def main() -> None:
    """Print the table, row by row as they are measured."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer rounds: a look, not a result")
    parser.add_argument(
        "--only", default=",".join(MEASURES), metavar="NAME,NAME", help=f"of {', '.join(MEASURES)}"
    )
    options = parser.parse_args()
    names = options.only.split(",")
    if unknown := set(names) - set(MEASURES):
        parser.error(f"There is no {', '.join(sorted(unknown))}; there is {', '.join(MEASURES)}.")
    began = time.monotonic()
    bench_startup.measure(bench_startup.PROGRAMS["tui-chat"])  # Compiles what is not compiled.
    print(f"# tui-chat, measured{' quickly' if options.quick else ''}\n\n{header()}\n")
    print(table_head(), flush=True)
    rows = []
    for name in names:
        for row in measured(name, quick=options.quick):
            rows.append(row)
            print(table_line(row), flush=True)
    missed = [row.what for row in rows if row.is_met is False]
    kept = sum(row.is_met is True for row in rows)
    print(f"\n{kept} budgets kept, {len(missed)} missed; {time.monotonic() - began:.0f} s.")
    for what in missed:
        print(f"- missed: {what}")


def measured(name: str, *, quick: bool) -> Iterator[Row]:
    """Measure; what does not come to an end is a row too."""
    try:
        yield from MEASURES[name](quick)
    except TimeoutError as error:
        print(f"{name}: {error}", file=sys.stderr)
        yield Row(name, "did not finish", is_met=False)


if __name__ == "__main__":
    main()
