"""The command that prints a key, such as that of a password manager."""

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
from tui_chat.core.text.sanitize import sanitize_line

if TYPE_CHECKING:
    from collections.abc import Mapping

COMMAND_TIMEOUT_S: Final = 30.0

_LARGEST_OUTPUT: Final = 65_536
_LOOK_AGAIN_S: Final = 0.05


def command_output(
    command: str, where: str, env: Mapping[str, str], timeout_s: float = COMMAND_TIMEOUT_S
) -> bytes:
    """Return the first line that a command prints.

    It runs without a shell and without the terminal, which belongs to the screen; what it writes
    to stderr is thrown away, because nobody may see it.

    Args:
        command: As a person would write it in a shell, without variables and pipes.
        where: What it is called in the words of an error.
        env: Its environment.
        timeout_s: How long it may run.

    Raises:
        ConfigError: It cannot be run, failed or took too long. It never holds any output.
    """
    words = _words(command, where, env)
    process = _started(words, where, env)
    is_over = False
    try:
        deadline = time.monotonic() + timeout_s
        output = _output(process, where, deadline)
        with suppress(subprocess.TimeoutExpired):
            process.wait(max(0.0, deadline - time.monotonic()))
        if process.returncode is None:
            raise _too_slow(where)
        is_over = True
    finally:
        if not is_over:
            _end(process)
        if process.stdout:
            process.stdout.close()
    _check_end(process.returncode, where)
    return output.lstrip(b"\r\n").partition(b"\n")[0]


def _words(command: str, where: str, env: Mapping[str, str]) -> list[str]:
    home = env.get("HOME", "")
    try:
        words = shlex.split(command)
    except ValueError:
        words = []
    if not words or "\0" in command:
        raise ConfigError(
            f"{_begin(where)} is not a command.", "Check its quotes; it is split as in a shell."
        )
    return [home + word[1:] if home and word.startswith("~/") else word for word in words]


def _started(words: list[str], where: str, env: Mapping[str, str]) -> subprocess.Popen[bytes]:
    program = sanitize_line(Path(words[0]).name, 60)
    program = "…" if looks_like_key(program) else program
    reason = ""
    try:
        return subprocess.Popen(  # noqa: S603 - the person's own command, without a shell
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=dict(env),
            # A session of its own: it cannot write over the screen, and it can be ended whole.
            start_new_session=True,
        )
    except FileNotFoundError:
        reason = f"the program “{program}” was not found"
    except (OSError, ValueError) as error:
        reason = f"the program “{program}” cannot be run"
        if isinstance(error, OSError) and error.errno:
            reason += f" ({os.strerror(error.errno).lower()})"
    raise ConfigError(
        f"{_begin(where)} failed: {reason}.",
        "It runs without a shell: no pipes, no variables.",
    )


def _output(process: subprocess.Popen[bytes], where: str, deadline: float) -> bytes:
    """Read until the command ends. A child that it leaves behind may keep the pipe open."""
    assert process.stdout is not None  # noqa: S101 - it was asked for
    descriptor = process.stdout.fileno()
    output = b""
    while time.monotonic() < deadline:
        has_ended = process.poll() is not None
        readable, _, _ = select.select([descriptor], [], [], 0 if has_ended else _LOOK_AGAIN_S)
        if readable:
            chunk = os.read(descriptor, _LARGEST_OUTPUT)
            if not chunk:
                return output
            output += chunk
            if len(output) > _LARGEST_OUTPUT:
                raise ConfigError(
                    f"{_begin(where)} prints too much.", "Its first line must be the key."
                )
        elif has_ended:
            return output
    raise _too_slow(where)


def _check_end(code: int, where: str) -> None:
    if code == 0:
        return
    how = f"ended with the code {code}" if code > 0 else f"was ended by signal {-code}"
    raise ConfigError(f"{_begin(where)} {how}.", "Run it in a terminal to see why.")


def _too_slow(where: str) -> ConfigError:
    return ConfigError(
        f"{_begin(where)} did not end in time.",
        "Run it in a terminal: it may be waiting for a password.",
    )


def _end(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _begin(where: str) -> str:
    return where[:1].upper() + where[1:]
