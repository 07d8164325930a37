"""Starts, observes and stops the child process that runs the model."""

from __future__ import annotations

import asyncio
import json
import os
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from tui_chat.config.child_environment import start_module
from tui_chat.local_model.checksum import Checksum

if TYPE_CHECKING:
    from collections.abc import Mapping

_STOP_TIMEOUT_S: Final = 2.0


class Crashed(Exception):
    """The child ended without reporting a reason.

    Attributes:
        returncode: Exit status; negative for a signal.
    """

    def __init__(self, returncode: int) -> None:
        super().__init__(f"ended with {returncode}")
        self.returncode = returncode


class _Pipes(NamedTuple):
    stdin: asyncio.StreamWriter
    stdout: asyncio.StreamReader


class Child:
    """A running child process. Create it with `spawn` and end it with `stop`."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdin is not None  # noqa: S101 - both are pipes
        assert process.stdout is not None  # noqa: S101
        self._process = process
        self._pipes = _Pipes(process.stdin, process.stdout)
        self._is_ready = False

    @classmethod
    async def spawn(cls, module: str, options: Mapping[str, Any], log: int | None) -> Child:
        """Start a child and send it its options.

        Args:
            module: The module to run, as with `python -m`.
            options: Sent through stdin, because other users can read a command line.
            log: Descriptor for its output; None discards it.

        Raises:
            OSError: The process cannot be started.
        """
        process = await start_module(module, log=log)
        child = cls(process)
        child._pipes.stdin.write(json.dumps({**options, "parent": os.getpid()}).encode() + b"\n")
        return child

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    async def announcement(self) -> dict[str, Any]:
        """Wait for the line in which the child reports that it is ready, or why it is not.

        Raises:
            Crashed: The child ended instead.
        """
        line = await self._pipes.stdout.readline()
        if not line.endswith(b"\n"):
            raise Crashed(await self.ended())
        report: dict[str, Any] = json.loads(line)
        self._is_ready = "failed" not in report
        return report

    async def checksum(self) -> Checksum | None:
        """Wait for the checksum of the model; None when the child could not compute it."""
        line = await self._pipes.stdout.readline()
        return Checksum.from_json(json.loads(line)) if line.endswith(b"\n") else None

    async def ended(self) -> int:
        """Wait until the child has ended, and return its exit status."""
        return await self._process.wait()

    def is_running(self) -> bool:
        """Return whether the child runs now; asyncio itself notices its end a little later."""
        if self._process.returncode is not None:
            return False
        if not hasattr(os, "waitid"):
            return True
        try:
            peek = os.WEXITED | os.WNOHANG | os.WNOWAIT
            return os.waitid(os.P_PID, self._process.pid, peek) is None
        except ChildProcessError:
            return False

    async def stop(self) -> None:
        """Terminate the child, kill it if that has no effect, and wait for its end.

        A cancellation kills the child at once.
        """
        try:
            self._pipes.stdin.close()
            if not self._is_ready:
                # While it loads a model, the child cannot read its stdin.
                self._signal("terminate")
            for harsher in ("terminate", "kill"):
                with suppress(TimeoutError):
                    async with asyncio.timeout(_STOP_TIMEOUT_S):
                        await self._process.wait()
                if self._process.returncode is not None:
                    break
                self._signal(harsher)
            await self._process.wait()
        except asyncio.CancelledError:
            self._signal("kill")
            await self._process.wait()
            raise
        finally:
            with suppress(OSError):
                await self._pipes.stdin.wait_closed()

    def _signal(self, name: str) -> None:
        with suppress(ProcessLookupError):
            getattr(self._process, name)()
