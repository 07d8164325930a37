"""Runs several processes of the gateway on one address (`--workers`).

They share the listening socket, and through the records they share all limits. A process that dies
is replaced; its requests are settled by the others.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from tui_chat.core.errors import ConfigError
from tui_chat.core.labels import _

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator, Sequence

LISTEN_FLAG: Final = "--listen-fd"
NUMBER_FLAG: Final = "--worker-number"
PARENT_FLAG: Final = "--parent-pid"
_STOP_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)
_RESTART_S: Final = 1.0
_EARLY_S: Final = 5.0
"""A process that ends earlier than this has a wrong setting: it is not restarted."""


def run_workers(listener: socket.socket, count: int, arguments: Sequence[str]) -> int:
    """Run processes until a stop signal arrives; return the exit status.

    Args:
        listener: The listening socket.
        count: The number of processes.
        arguments: The arguments of this process, repeated by the others.

    Raises:
        ConfigError: The platform cannot share a socket.
    """
    if sys.platform == "win32":
        raise ConfigError(
            _("--workers needs Linux or macOS."), _("Run one process, without --workers.")
        )
    return _Workers(listener, list(arguments)).run(count)


class _Workers:
    def __init__(self, listener: socket.socket, arguments: list[str]) -> None:
        self._listener = listener
        self._arguments = arguments
        self._processes: dict[int, subprocess.Popen[bytes]] = {}
        self._started_at: dict[int, float] = {}
        self._woken = threading.Event()
        self._is_stopping = False

    def run(self, count: int) -> int:
        status = 0
        with self._signals():
            for number in range(count):
                self._start(number)
            while self._processes:
                self._woken.wait(0.2)
                self._woken.clear()
                status = max(status, self._collect())
        return status

    def _start(self, number: int) -> None:
        descriptor = self._listener.fileno()
        command = [
            sys.executable, "-m", "tui_chat", *self._arguments,
            LISTEN_FLAG, str(descriptor), NUMBER_FLAG, str(number), PARENT_FLAG, str(os.getpid()),
        ]  # fmt: skip
        self._processes[number] = subprocess.Popen(  # noqa: S603 - this program itself
            command, pass_fds=[descriptor]
        )
        self._started_at[number] = time.monotonic()

    def _collect(self) -> int:
        """Replace the processes that have died; return the highest status of those that ended."""
        status = 0
        for number, process in list(self._processes.items()):
            code = process.poll()
            if code is None:
                continue
            del self._processes[number]
            was_early = time.monotonic() - self._started_at[number] < _EARLY_S
            if self._is_stopping:
                # A process that was still starting ends by the signal itself.
                status = max(status, 0 if -code in _STOP_SIGNALS else abs(code))
            elif was_early and code > 0:
                status = code
                self._stop()
            else:
                self._woken.wait(_RESTART_S)
                self._start(number)
        return status

    def _stop(self) -> None:
        self._is_stopping = True
        for process in self._processes.values():
            process.send_signal(signal.SIGTERM)

    @contextmanager
    def _signals(self) -> Iterator[None]:
        """Pass stop signals on: the first begins the grace period, the second ends it."""

        def stop(_number: int, _frame: object) -> None:
            self._stop()
            self._woken.set()

        before = {number: signal.signal(number, stop) for number in _STOP_SIGNALS}
        try:
            yield
        finally:
            for process in self._processes.values():
                process.kill()
            for number, handler in before.items():
                signal.signal(number, handler)
