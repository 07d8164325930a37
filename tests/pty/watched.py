"""Runs the program as usual, and reports each hold of its event loop to a file.

`python -m tests.pty.watched FILE [ARGUMENTS]`. A thread asks the loop for a sign of life twenty
times a second; if none comes within `HOLD_S` it writes the stack of the main thread, and afterwards
how long the hold was and how much processor time the main thread used in it. SIGUSR1 has the
tasks of the loop written to the file.
"""

from __future__ import annotations

import asyncio
import runpy
import signal
import sys
import threading
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TextIO

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from types import FrameType

HOLD_S: Final = 1.0
_EVERY_S: Final = 0.05
_END_S: Final = 120.0
_SAMPLE_S: Final = 0.2
_WIDGET_WORK: Final = frozenset({"_render_content", "render_lines", "get_content_height"})

_run = asyncio.run


def watch(loop: asyncio.AbstractEventLoop, report: TextIO) -> None:
    """Report holds until the loop is closed."""
    clock = time.pthread_getcpuclockid(threading.main_thread().ident or 0)
    while not loop.is_closed():
        began, used = time.monotonic(), time.clock_gettime(clock)
        sign = threading.Event()
        try:
            loop.call_soon_threadsafe(sign.set)
        except RuntimeError:
            return
        if not sign.wait(HOLD_S):
            _dump_main(report)
            until = began + _END_S
            while not sign.wait(_SAMPLE_S) and time.monotonic() < until:
                _note_painted(report)
            seconds, used = time.monotonic() - began, time.clock_gettime(clock) - used
            report.write(f"HOLD {seconds:.2f} s, processor {used:.2f} s\n")
            report.flush()
        time.sleep(_EVERY_S)


def _main_frame() -> FrameType | None:
    return sys._current_frames().get(threading.main_thread().ident or 0)


def _dump_main(report: TextIO) -> None:
    report.write("".join(traceback.format_stack(_main_frame())[-14:]))
    _note_painted(report)
    report.flush()


def _note_painted(report: TextIO) -> None:
    """Write which widget is being painted or laid out, and its size."""
    frame = _main_frame()
    while frame is not None:
        name, widget = frame.f_code.co_name, frame.f_locals.get("self")
        if name in _WIDGET_WORK and widget is not None:
            size, text = (getattr(widget, it, "") for it in ("size", "content"))
            report.write(f"{name}: {widget!r} {size} {str(text)[:60]!r}\n")
            return
        frame = frame.f_back


def _dump_tasks(report: TextIO) -> None:
    """Write where each task waits that waits in more than one place."""
    for task in asyncio.all_tasks():
        places: list[str] = []
        waiting: Any = task.get_coro()
        while waiting is not None:
            if (frame := getattr(waiting, "cr_frame", None)) is not None:
                code = frame.f_code
                places.append(f"{Path(code.co_filename).name}:{frame.f_lineno} {code.co_qualname}")
            waiting = getattr(waiting, "cr_await", None)
        if len(places) > 3:
            report.write(f"{task.get_name()}: {' > '.join(places)}\n")
    report.flush()


def main() -> None:
    """Run the program."""
    # Open until the process ends.
    report = Path(sys.argv[1]).open("a", encoding="utf-8")  # noqa: SIM115

    def run(main: Coroutine[Any, Any, int], **options: Any) -> int:
        async def watched() -> int:
            loop = asyncio.get_running_loop()
            loop.add_signal_handler(signal.SIGUSR1, _dump_tasks, report)
            threading.Thread(target=watch, args=(loop, report), daemon=True).start()
            return await main

        return _run(watched(), **options)

    asyncio.run = run  # type: ignore[assignment]
    sys.argv = ["tui-chat", *sys.argv[2:]]
    runpy.run_module("tui_chat", run_name="__main__")


if __name__ == "__main__":
    main()
