"""Runs the command that prints a key, for example of a password manager."""

from __future__ import annotations

import os
import select
import shlex
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tui_chat.config.problems import looks_like_key
from tui_chat.core.errors import ConfigError
from tui_chat.core.labels import _
from tui_chat.core.text.sanitize import sanitize_line

if TYPE_CHECKING:
    from collections.abc import Mapping

COMMAND_TIMEOUT_S: Final = 30.0

_MAX_OUTPUT: Final = 65_536
_POLL_S: Final = 0.05


def command_output(
    command: str, name: str, env: Mapping[str, str], timeout_s: float = COMMAND_TIMEOUT_S
) -> bytes:
    """Return the first line that a command prints.

    The command runs without a shell and without the terminal. Its stderr is discarded, because it
    may contain secrets.

    Args:
        command: A command line, split as in a shell, without variables and pipes.
        name: The name of the command for error messages.
        env: The environment of the command.
        timeout_s: The timeout.

    Raises:
        ConfigError: The command cannot be run, failed or timed out. The error has no output in it.
    """
    arguments = _split(command, name, env)
    process = _start(arguments, name, env)
    is_finished = False
    try:
        deadline = time.monotonic() + timeout_s
        output = _read_output(process, name, deadline)
        with suppress(subprocess.TimeoutExpired):
            process.wait(max(0.0, deadline - time.monotonic()))
        if process.returncode is None:
            raise _timeout_error(name)
        is_finished = True
    finally:
        if not is_finished:
            _kill(process)
        if process.stdout:
            process.stdout.close()
    _check_status(process.returncode, name)
    return output.lstrip(b"\r\n").partition(b"\n")[0]


def _split(command: str, name: str, env: Mapping[str, str]) -> list[str]:
    home = env.get("HOME", "")
    try:
        arguments = shlex.split(command)
    except ValueError:
        arguments = []
    if not arguments or "\0" in command:
        raise ConfigError(
            _("{name} is not a command.").format(name=name),
            _("Check its quotes; it is split as in a shell."),
        )
    return [home + one[1:] if home and one.startswith("~/") else one for one in arguments]


def _start(arguments: list[str], name: str, env: Mapping[str, str]) -> subprocess.Popen[bytes]:
    program = sanitize_line(Path(arguments[0]).name, 60)
    program = "…" if looks_like_key(program) else program
    try:
        return subprocess.Popen(  # noqa: S603 - a command of the user, without a shell
            arguments,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=dict(env),
            # A new session detaches it from the terminal and allows killing all its processes.
            start_new_session=True,
        )
    except FileNotFoundError:
        text = _("{name} failed: the program “{program}” was not found.")
        reason = ""
    except (OSError, ValueError) as error:
        text = _("{name} failed: the program “{program}” cannot be run ({reason}).")
        code = getattr(error, "errno", None)
        reason = os.strerror(code).lower() if code else type(error).__name__
    raise ConfigError(
        text.format(name=name, program=program, reason=reason),
        _("It runs without a shell: no pipes, no variables."),
    )


def _read_output(process: subprocess.Popen[bytes], name: str, deadline: float) -> bytes:
    """Read until the command exits. A background child may keep the pipe open after that."""
    assert process.stdout is not None  # noqa: S101 - stdout is a pipe
    descriptor = process.stdout.fileno()
    output = b""
    while time.monotonic() < deadline:
        has_ended = process.poll() is not None
        readable, _writable, _failed = select.select(
            [descriptor], [], [], 0 if has_ended else _POLL_S
        )
        if readable:
            chunk = os.read(descriptor, _MAX_OUTPUT)
            if not chunk:
                return output
            output += chunk
            if len(output) > _MAX_OUTPUT:
                raise ConfigError(
                    _("{name} prints too much.").format(name=name),
                    _("Its first line must be the key."),
                )
        elif has_ended:
            return output
    raise _timeout_error(name)


def _check_status(code: int, name: str) -> None:
    if code == 0:
        return
    text = (
        _("{name} failed with exit status {code}.")
        if code > 0
        else _("{name} was killed by signal {code}.")
    )
    raise ConfigError(text.format(name=name, code=abs(code)), _("Run it in a terminal to see why."))


def _timeout_error(name: str) -> ConfigError:
    return ConfigError(
        _("{name} timed out.").format(name=name),
        _("Run it in a terminal: it may be waiting for a password."),
    )


def _kill(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
