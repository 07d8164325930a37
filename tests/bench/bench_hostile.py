"""Measures how long large and hostile answers hold the loop: while they come, and ever after.

python -m tests.bench.bench_hostile [NAME]

Each one is asked for as an object and once more as text, by the app with everything real but the
endpoint, which sends as fast as it can. A key waits for the longest hold at the most.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import sys
import tempfile
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Final

from tests import chat_app
from tests.chat_app import ChatHarness, launch, running_chat
from tests.fakes import FakeProvider
from tui_chat.core.request import ResponseFormat
from tui_chat.core.stream_events import Finished, TextDelta
from tui_chat.ui.terminal.gc_tuning import tune_collection

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

_DELTAS: Final = 2_000
_TICK_S: Final = 0.002
_SIZE: Final = (120, 40)
_ROW: Final = '{"id": %d, "name": "名字 \\u001b[31m", "tags": ["a", "b😀"], "n": 1.50}, '


def _rows(size: int) -> str:
    rows: list[str] = []
    count = 0
    while count < size:
        rows.append(_ROW % len(rows))
        count += len(rows[-1])
    return "[" + "".join(rows).rstrip(", ") + "]"


CASES: Final[dict[str, Callable[[], tuple[str, str]]]] = {
    "200 KB": lambda: (_rows(200_000), "stop"),
    "10 MB": lambda: (_rows(10_000_000), "stop"),
    "10 MB, cut": lambda: (_rows(10_000_000)[:-100], "length"),
    "10,000 levels": lambda: ("[" * 10_000 + "]" * 10_000, "stop"),
    "NaN and a huge integer": lambda: ('{"a": NaN, "b": ' + "9" * 100_000 + "}", "stop"),
    "5 MB of blanks": lambda: ('{"a": 1,' + " \n" * 2_500_000 + "}", "stop"),
    "one text of 10 MB": lambda: ('{"a": "' + "字" * 3_300_000 + '"}', "stop"),
    "1 MB, broken": lambda: ("{'a': [" + "'it's', " * 125_000 + "]}", "stop"),
}


class Held:
    """Notes how long the loop was held."""

    def __init__(self) -> None:
        self._longest_s = 0.0
        self._task = asyncio.get_running_loop().create_task(self._watch())

    async def _watch(self) -> None:
        while True:
            began = perf_counter()
            await asyncio.sleep(_TICK_S)
            self._longest_s = max(self._longest_s, perf_counter() - began - _TICK_S)

    def taken(self) -> str:
        """Return the longest hold since the last call."""
        told, self._longest_s = f"{self._longest_s * 1000:3.0f}", 0.0
        return told

    def end(self) -> None:
        """Stop watching."""
        self._task.cancel()


@asynccontextmanager
async def _chat(provider: FakeProvider, *, as_object: bool) -> AsyncIterator[ChatHarness]:
    given = launch()
    if as_object:
        given = replace(given, response_format=ResponseFormat("json_object"))
    async with running_chat(provider, size=_SIZE, given=given) as chat:
        yield chat


async def _measure(text: str, finish: str, *, as_object: bool) -> None:
    step = max(1, len(text) // _DELTAS)
    deltas = [TextDelta(text[at : at + step]) for at in range(0, len(text), step)]
    held = Held()
    async with _chat(FakeProvider([*deltas, Finished(finish)]), as_object=as_object) as chat:
        held.taken()
        await chat.submit("x")
        await chat.idle()
        await asyncio.sleep(0.5)
        print(f"  {'object' if as_object else 'text':8} coming {held.taken()}", end="", flush=True)
        await chat.pilot.press("up")
        for _ in range(3):
            await chat.pilot.press("t")
            await asyncio.sleep(0.7)
        print(f"   flipped {held.taken()}", end="", flush=True)
        if as_object:
            await chat.pilot.press("enter")
            await asyncio.sleep(1.5)
            for key in ("t", "t", "t", "G", "g", "n"):
                await chat.pilot.press(key)
                await asyncio.sleep(0.4)
            print(f"   workbench {held.taken()}", end="", flush=True)
            await chat.pilot.press("escape")
        held.taken()
    async with _chat(FakeProvider(), as_object=False) as chat:
        await asyncio.sleep(1)
        print(f"   opened again {held.taken()} ms", flush=True)
    held.end()


def main() -> None:
    """Print a line per answer and form: the longest hold in each part, in milliseconds."""
    # What the program sets at its start; and opening megabytes may take seconds.
    tune_collection()
    chat_app.PATIENCE_S = 120.0
    wanted = sys.argv[1] if len(sys.argv) > 1 else ""
    for name, case in CASES.items():
        if wanted not in name:
            continue
        text, finish = case()
        print(f"{name} ({len(json.dumps(text)) / 1e6:.1f} MB)")
        for as_object in (True, False):
            with tempfile.TemporaryDirectory() as home:
                for kind in ("CONFIG", "DATA", "STATE", "CACHE"):
                    os.environ[f"XDG_{kind}_HOME"] = str(Path(home) / kind)
                gc.collect()
                asyncio.run(_measure(text, finish, as_object=as_object))


if __name__ == "__main__":
    main()
