"""Runs the real program in processes: the gateway, and `tui-chat ask` as its client."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Self

from tui_chat.config.paths import find_paths

if TYPE_CHECKING:
    from collections.abc import Mapping

PATIENCE_S = 30.0


class GatewayProgram:
    """Context manager that runs `tui-chat gateway serve` on a free port.

    Attributes:
        url: The URL of the server.
        code: An access code.
    """

    def __init__(
        self, *flags: str, env: Mapping[str, str] | None = None, keeps_errors: bool = False
    ) -> None:
        self._flags = flags
        self._keeps_errors = keeps_errors
        self._stack = ExitStack()
        self._env = {**os.environ, **(env or {})}

    def __enter__(self) -> Self:
        self.code = self.run("gateway", "codes", "add", "everybody").stdout.strip()
        self._errors = None
        if self._keeps_errors:
            self._errors = self._stack.enter_context(tempfile.TemporaryFile())
        command = [sys.executable, "-m", "tui_chat", "gateway", "serve", "--port", "0"]
        self._process = subprocess.Popen(
            [*command, *self._flags],
            env=self._env,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
        )
        assert self._process.stdout is not None
        self.welcome = self._process.stdout.readline()
        found = re.search(r"https?://\S+", self.welcome)
        assert found, self.welcome
        self.url = found[0]
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait(PATIENCE_S)
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._stack.close()

    def errors(self) -> str:
        """Return what it has written to standard error."""
        assert self._errors is not None
        self._errors.seek(0)
        return self._errors.read().decode()

    @property
    def pid(self) -> int:
        return self._process.pid

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run another command of the program."""
        return run(*arguments, env=self._env)

    def send_signal(self, number: signal.Signals) -> None:
        """Send a signal."""
        self._process.send_signal(number)

    def line(self) -> str:
        """Return the next line that it prints."""
        assert self._process.stdout is not None
        return self._process.stdout.readline()

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Stop it and return its exit status."""
        self._process.send_signal(number)
        return self._process.wait(PATIENCE_S)

    def is_running(self) -> bool:
        return self._process.poll() is None


def run(*arguments: str, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run the program to its end."""
    return subprocess.run(
        [sys.executable, "-m", "tui_chat", *arguments],
        env=dict(os.environ if env is None else env),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


async def asked(*arguments: str) -> tuple[int, str, str]:
    """Run `tui-chat ask`; return its status, output and errors."""
    result = await asyncio.to_thread(run, "ask", *arguments)
    return result.returncode, result.stdout, result.stderr


async def curl(*arguments: str) -> tuple[int, bytes]:
    """Run curl; return its status and output."""
    process = await asyncio.create_subprocess_exec(
        "curl", "-sS", "-N", "--noproxy", "*", *arguments,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    out, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out


def log_text() -> str:
    """Return the gateway's log."""
    path = find_paths(dict(os.environ)).log_file.with_name("gateway.log")
    return path.read_text(encoding="utf-8") if path.exists() else ""


def write_config(text: str) -> None:
    """Write config.toml."""
    path = find_paths(dict(os.environ)).config_file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def resident_kb(pid: int) -> int:
    """Return the resident memory of a process in kB."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    found = re.search(r"VmRSS:\s+(\d+)", status)
    assert found
    return int(found[1])


def until(holds: object, what: str) -> None:
    """Wait until a condition holds."""
    end = time.monotonic() + PATIENCE_S
    assert callable(holds)
    while not holds():
        assert time.monotonic() < end, f"waited in vain: {what}"
        time.sleep(0.01)
