"""Other terminal chats, when they are installed beside: TUI_CHAT_PEERS names a folder of venvs.

Only their start can be measured without knowing their keys.
"""

from __future__ import annotations

import os
import statistics
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.bench.program import empty_home, environment
from tests.bench.report import Row, figure
from tests.bench.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Iterator

PEERS: Final = ("elia", "oterm", "parllama")


def startup(quick: bool) -> Iterator[Row]:
    """Start every peer that is there, as its venv's `bin/NAME`."""
    folder = os.environ.get("TUI_CHAT_PEERS", "")
    if not folder:
        yield Row("peers", "not measured", note="TUI_CHAT_PEERS=folder of venvs is not set")
        return
    for name in PEERS:
        command = Path(folder, name, "bin", name)
        if not command.exists():
            yield Row(f"peer {name}", "not installed", note=str(command))
            continue
        times = [_first_paint(command) for _ in range(2 if quick else 4)]
        note = "exec to 4 kB written; compare with the first paint above"
        yield figure(
            f"peer {name}: first paint", statistics.median(times[1:]) * 1000, "ms", note=note
        )


def _first_paint(command: Path) -> float:
    with empty_home() as home, Terminal([str(command)], environment(home)) as terminal:
        terminal.until(lambda: terminal.output_bytes > 4_000)
        return terminal.last_read - terminal.began
