"""One child process, from its start to its end."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from tui_chat.config.child_environment import child_environment
from tui_chat.local_model.checksum import Checksum

if TYPE_CHECKING:
    from collections.abc import Mapping

_PATIENCE_S: Final = 2.0


class Crashed(Exception):
    """The child ended without saying why.

    Attributes:
        returncode: How it ended; negative for a signal.
    """

    def __init__(self, returncode: int) -> None:
        super().__init__(f"ended with {returncode}")
        self.returncode = returncode


class _Pipes(NamedTuple):
    stdin: asyncio.StreamWriter
    stdout: asyncio.StreamReader


class Child:
    """A running engine. Made by `spawn`; whoever made it must `stop` it."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdin is not None  # noqa: S101 - both were asked to be pipes
        assert process.stdout is not None  # noqa: S101
        self._process = process
        self._pipes = _Pipes(process.stdin, process.stdout)
        self._is_ready = False

    @classmethod
    async def spawn(cls, module: str, options: Mapping[str, Any], log: int | None) -> Child:
        """Start a child and give it its options.

        Args:
            module: What is run, as by `python -m`.
            options: Go through its stdin, for a command line can be read by everybody.
            log: Descriptor for everything it prints; None to print nowhere.

        Raises:
            OSError: The system does not start it.
        """
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            # Not the folder the person happens to be in: it may hold a json.py.
            "-P",
            "-m",
            module,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL if log is None else log,
            env=child_environment(os.environ, sys.path),
            # A group of its own, so that Ctrl+C in the terminal is not for it; but the same
            # session, which the scheduler of Linux shares the processor by.
            process_group=0,
        )
        child = cls(process)
        child._pipes.stdin.write(json.dumps({**options, "parent": os.getpid()}).encode() + b"\n")
        return child

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    async def announcement(self) -> dict[str, Any]:
        """Wait for the one line in which the child says that it is ready, or why not.

        Raises:
            Crashed: It ended instead.
        """
        line = await self._pipes.stdout.readline()
        if not line.endswith(b"\n"):
            raise Crashed(await self.ended())
        words: dict[str, Any] = json.loads(line)
        self._is_ready = "failed" not in words
        return words

    async def checksum(self) -> Checksum | None:
        """Wait for the checksum of the model; None when the child could not compute it."""
        line = await self._pipes.stdout.readline()
        return Checksum.from_json(json.loads(line)) if line.endswith(b"\n") else None

    async def ended(self) -> int:
        """Wait until the child has ended, and return how."""
        return await self._process.wait()

    def is_running(self) -> bool:
        """Say whether it runs at this moment; asyncio itself notices an end a little later."""
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
        """End the child, gently at first, and wait for its end.

        Cancelled meanwhile, it kills the child before it gives way.
        """
        try:
            self._pipes.stdin.close()
            if not self._is_ready:
                # While a model is loaded the child cannot look at its stdin.
                self._signal("terminate")
            for harsher in ("terminate", "kill"):
                with suppress(TimeoutError):
                    async with asyncio.timeout(_PATIENCE_S):
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
