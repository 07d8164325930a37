"""The connection to a server that is a program: bounded lines, and an end for every process.

The SDK's own transport reads lines of any length.
"""

from __future__ import annotations

import asyncio
import logging
import os
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any, Final

import anyio
import mcp_types
from mcp.client.stdio import get_default_environment
from mcp.shared.message import SessionMessage

from tui_chat.tools.host.limits import BROKEN_LINES, LINE_BYTES, STDERR_LINE

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Mapping, Sequence

log = logging.getLogger(__name__)

_STOP_S: Final = 0.5


@asynccontextmanager
async def stdio_connection(
    command: Sequence[str],
    env: Mapping[str, str],
    folder: str | None,
    *,
    on_stderr: Callable[[str], None],
    on_end: Callable[[str], None],
) -> AsyncGenerator[Any, None]:
    """Start a server and yield the streams for its messages.

    Args:
        command: The program and its arguments.
        env: Variables besides the few that the SDK passes on.
        folder: Its working folder.
        on_stderr: Receives each line of its standard error.
        on_end: Receives the reason for which its output ended.

    Raises:
        OSError: It cannot be started.
    """
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=get_default_environment() | dict(env),
        cwd=folder,
        limit=LINE_BYTES,
    )
    into, received = anyio.create_memory_object_stream[SessionMessage | Exception](0)
    sent, outgoing = anyio.create_memory_object_stream[SessionMessage](0)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_read, process, into, on_end)
        tasks.start_soon(_write, process, outgoing)
        tasks.start_soon(_read_stderr, process, on_stderr)
        try:
            yield received, sent
        finally:
            with anyio.CancelScope(shield=True):
                await _stop(process)
            tasks.cancel_scope.cancel()


async def _read(process: asyncio.subprocess.Process, into: Any, on_end: Any) -> None:
    assert process.stdout is not None  # noqa: S101 - a pipe
    reason, broken = "ended", 0
    async with into:
        while True:
            try:
                line = await process.stdout.readline()
            except ValueError:
                # asyncio reports a line over the limit this way.
                reason = "too_long"
                break
            if not line:
                break
            if not line.strip():
                continue
            try:
                message = mcp_types.jsonrpc_message_adapter.validate_json(line, by_name=False)
            except ValueError:
                broken += 1
                if broken >= BROKEN_LINES:
                    reason = "no_protocol"
                    break
                continue
            await into.send(SessionMessage(message))
        on_end(reason)


async def _write(process: asyncio.subprocess.Process, outgoing: Any) -> None:
    assert process.stdin is not None  # noqa: S101 - a pipe
    with suppress(OSError):
        async with outgoing:
            async for message in outgoing:
                text = message.message.model_dump_json(by_alias=True, exclude_unset=True)
                process.stdin.write(text.encode() + b"\n")
                await process.stdin.drain()


async def _read_stderr(
    process: asyncio.subprocess.Process, on_stderr: Callable[[str], None]
) -> None:
    assert process.stderr is not None  # noqa: S101 - a pipe
    rest = b""
    while data := await process.stderr.read(65_536):
        *lines, rest = (rest + data).split(b"\n")
        for line in lines:
            on_stderr(line[:STDERR_LINE].decode("utf-8", "replace"))
        # A line without an end must not grow.
        rest = rest[:STDERR_LINE]
    if rest:
        on_stderr(rest.decode("utf-8", "replace"))


async def _stop(process: asyncio.subprocess.Process) -> None:
    """End the server: close its input, then terminate it, then kill it."""
    with suppress(OSError):
        if process.stdin is not None:
            process.stdin.close()
    for harsher in (process.terminate, process.kill):
        with suppress(TimeoutError):
            async with asyncio.timeout(_STOP_S):
                await process.wait()
        if process.returncode is not None:
            return
        with suppress(ProcessLookupError):
            harsher()
    await process.wait()


def working_folder_problem(folder: str | None) -> str:
    """Return the folder if it does not exist; the error of a start would name the program."""
    return folder if folder is not None and not os.path.isdir(folder) else ""  # noqa: PTH112
