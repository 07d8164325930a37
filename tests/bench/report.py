"""Prints the benchmark: facts about the machine, and one row per figure."""

from __future__ import annotations

import importlib.util
import math
import os
import platform
import time
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Final

_WIDTHS: Final = (58, 22, 10, 6)


@dataclass(frozen=True, slots=True)
class Row:
    """One figure, or one line of words."""

    what: str
    value: str
    budget: str = ""
    is_met: bool | None = None
    note: str = ""


def figure(what: str, number: float, unit: str, budget: float | None = None, note: str = "") -> Row:
    """Return the row of a number that should be at most its budget."""
    if budget is None:
        return Row(what, _told(number, unit), note=note)
    return Row(what, _told(number, unit), f"≤ {_told(budget, unit)}", number <= budget, note)


def spread(what: str, numbers: list[float], budget: float | None = None, note: str = "") -> Row:
    """Return the row of many times in seconds, shown in ms: p50/p95/p99; p95 has the budget."""
    p50, p95, p99 = (percentile(numbers, share) * 1000 for share in (0.5, 0.95, 0.99))
    value = f"{p50:.1f} / {p95:.1f} / {p99:.1f} ms"
    note = f"{len(numbers)}×, p50/p95/p99, longest {max(numbers) * 1000:.0f}; {note}".rstrip("; ")
    if budget is None:
        return Row(what, value, note=note)
    return Row(what, value, f"≤ {budget:g} ms", p95 <= budget, note)


def percentile(numbers: list[float], share: float) -> float:
    """Return the smallest of the numbers that so large a share of them does not exceed."""
    return sorted(numbers)[math.ceil(share * len(numbers)) - 1]


def _told(number: float, unit: str) -> str:
    digits = 0 if number >= 100 or unit == "B" else 1 if unit in {"ms", "MB"} else 2
    return f"{number:.{digits}f} {unit}".replace(" ×", "×")


def header() -> str:
    """Return the facts that every figure depends on."""
    load = " ".join(f"{value:.2f}" for value in os.getloadavg())
    facts = {
        "date": time.strftime("%Y-%m-%d %H:%M %z"),
        "python": platform.python_version(),
        "textual": version("textual"),
        "cores": f"{os.cpu_count()} × {_cpu_model()}",
        "a fixed loop": f"{_loop_ms():.0f} ms; machines and hours with the same figure compare",
        "load average": f"{load}, {_priority()}",
        "bytecode compiled": "yes" if _is_compiled() else "NO: start-up figures are too high",
    }
    return "\n".join(f"- {name}: {value}" for name, value in facts.items())


def table_head() -> str:
    """Return the first two lines of the table."""
    names = _line(("measure", "figure", "budget", "met"), "note")
    return f"{names}\n{_line(tuple('-' * width for width in _WIDTHS), '----')}"


def table_line(row: Row) -> str:
    """Return a row as a line of the table."""
    met = {True: "yes", False: "MISSED", None: ""}[row.is_met]
    return _line((row.what, row.value, row.budget, met), row.note)


def _line(cells: tuple[str, ...], note: str) -> str:
    padded = (cell.ljust(width) for cell, width in zip(cells, _WIDTHS, strict=True))
    return f"| {' | '.join(padded)} | {note} |"


def _loop_ms() -> float:
    """Return the CPU milliseconds of a fixed piece of Python, the best of five."""
    times = []
    for _ in range(5):
        began = time.process_time()
        rows: dict[int, str] = {}
        for number in range(100_000):
            rows[number % 997] = f"{number} {len(rows)}"
        times.append(time.process_time() - began)
    return min(times) * 1000


def _priority() -> str:
    is_ordinary = os.sched_getscheduler(0) == os.SCHED_OTHER
    return "ordinary priority" if is_ordinary else "real-time priority"


def _cpu_model() -> str:
    try:
        facts = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.machine()
    names = [line.partition(":")[2].strip() for line in facts.splitlines() if "model name" in line]
    return names[0] if names else platform.machine()


def _is_compiled() -> bool:
    """Return whether the measured programs have current bytecode."""
    for name in (
        "textual.app",
        "textual.widgets._text_area",
        "tui_chat.cli.main",
        "tui_chat.ui.app",
    ):
        spec = importlib.util.find_spec(name)
        if spec is None or spec.origin is None:
            return False
        cached = Path(importlib.util.cache_from_source(spec.origin))
        # The source's time is stored in its bytecode (PEP 552: flags 0, then 4 bytes of mtime).
        moment = int(Path(spec.origin).stat().st_mtime) & 0xFFFFFFFF
        made_of = bytes(4) + moment.to_bytes(4, "little")
        if not cached.exists() or cached.read_bytes()[4:12] != made_of:
            return False
    return True
