"""The host process of one server, seen from the program."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from tui_chat.config.child_environment import child_environment
from tui_chat.core.text.sanitize import sanitize_line
from tui_chat.tools.offers import Offers, offers_from
from tui_chat.tools.problems import ToolProblem, problem_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

log = logging.getLogger(__name__)

HOST: Final = "tui_chat.tools.host.main"
"""The module of the host process."""
_LINE_LIMIT: Final = 32_000_000
_LARGE: Final = 100_000
"""Longer messages are parsed in a thread."""
_STOP_S: Final = 2.0
_START_S: Final = 60.0
"""For starting the process, importing the SDK, and the server's own start with a download."""
_STDERR_LIMIT: Final = 300


@dataclass(slots=True)
class _Waiting:
    """A request that runs."""

    answer: asyncio.Future[dict[str, Any]]
    on_progress: Callable[[float | None, float | None, str], None] | None = None


class ServerProcess:
    """One running server. Create it, `start` it, and end it with `stop`.

    Attributes:
        offers: What the server offers, once it has started.
        last_line: The last line of its standard error, sanitized.
        on_change: Called when the offers, the last line or the state change.
        on_question: Answers a question of the server.
    """

    def __init__(
        self,
        name: str,
        config: Mapping[str, Any],
        *,
        on_change: Callable[[], None],
        on_question: Callable[[dict[str, Any]], Awaitable[dict[str, Any]]],
        env: Mapping[str, str] | None = None,
        host: str = HOST,
    ) -> None:
        """Create it; nothing runs yet.

        Args:
            name: The name of the server in config.toml.
            config: The first line for the host process: command, address, secrets.
            on_change: See the class.
            on_question: See the class.
            env: More variables for the host process, such as proxies.
            host: The module of the host process.
        """
        self.name = name
        self.offers = Offers()
        self.last_line = ""
        self.on_change = on_change
        self.on_question = on_question
        self._config = config
        self._env = env or {}
        self._host = host
        self._process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None
        self._ready: asyncio.Future[None] | None = None
        self._requests: dict[int, _Waiting] = {}
        self._questions: dict[int, asyncio.Task[None]] = {}
        self._number = 0
        self._problem: ToolProblem | None = None

    @property
    def is_running(self) -> bool:
        """True if the server has started and has not ended."""
        is_ready = self._ready is not None and self._ready.done() and self._problem is None
        return is_ready and self._reading is not None and not self._reading.done()

    async def start(self) -> None:
        """Start the server and wait until it has listed what it offers.

        Raises:
            ToolProblem: It does not start.
        """
        loop = asyncio.get_running_loop()
        self._ready = loop.create_future()
        try:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-P",
                "-m",
                self._host,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                env=child_environment(os.environ, sys.path) | dict(self._env),
                # A group of its own: it is ended with everything that the server has started.
                process_group=0,
                limit=_LINE_LIMIT,
            )
        except OSError as error:
            raise problem_of("no_program", self.name, str(error)) from error
        self._reading = loop.create_task(self._read())
        try:
            self._send(self._config)
            async with asyncio.timeout(_START_S):
                await self._ready
        except TimeoutError:
            await self._stop_at_once()
            raise problem_of("timeout", self.name) from None
        except BaseException:
            # Also for a cancellation: Esc does not wait for a server that is still starting.
            await self._stop_at_once()
            raise

    async def request(
        self,
        order: Mapping[str, Any],
        on_progress: Callable[[float | None, float | None, str], None] | None = None,
    ) -> dict[str, Any]:
        """Send an order and return its result; a cancellation cancels it at the server, too.

        Raises:
            ToolProblem: It failed, or the server ended.
        """
        if not self.is_running:
            raise self._problem or problem_of("ended", self.name, last_line=self.last_line)
        self._number += 1
        number = self._number
        waiting = _Waiting(asyncio.get_running_loop().create_future(), on_progress)
        self._requests[number] = waiting
        try:
            self._send({**order, "id": number})
            return await waiting.answer
        except asyncio.CancelledError:
            self._send({"op": "cancel", "id": number})
            raise
        finally:
            self._requests.pop(number, None)

    async def stop(self) -> None:
        """End the server with all its processes; kill them if that has no effect."""
        process = self._process
        if process is None:
            return
        self._problem = self._problem or problem_of("ended", self.name)
        try:
            with suppress(OSError):
                if process.stdin is not None:
                    process.stdin.close()
            with suppress(TimeoutError):
                async with asyncio.timeout(_STOP_S):
                    await process.wait()
        finally:
            # Also what is left of the server if its host process is gone already.
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
            if self._reading is not None:
                await self._reading
            self._process = None

    async def _stop_at_once(self) -> None:
        if self._process is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
        await self.stop()

    def _send(self, message: Mapping[str, Any]) -> None:
        process = self._process
        if process is not None and process.stdin is not None and not process.stdin.is_closing():
            process.stdin.write(json.dumps(message).encode() + b"\n")

    async def _read(self) -> None:
        assert self._process is not None  # noqa: S101 - it has started
        assert self._process.stdout is not None  # noqa: S101 - a pipe
        try:
            while line := await self._process.stdout.readline():
                is_large = len(line) > _LARGE
                message = (
                    await asyncio.to_thread(json.loads, line) if is_large else json.loads(line)
                )
                self._take(message)
        except ValueError:
            log.warning("the host of the server %r wrote an unreadable line", self.name)
        finally:
            self._fail(problem_of("ended", self.name, last_line=self.last_line))
            for task in list(self._questions.values()):
                task.cancel()
            self.on_change()

    def _fail(self, problem: ToolProblem) -> None:
        """End everything that waits."""
        self._problem = self._problem or problem
        if self._ready is not None and not self._ready.done():
            self._ready.set_exception(self._problem)
            # Nobody may wait for it any more.
            self._ready.exception()
        for waiting in self._requests.values():
            if not waiting.answer.done():
                waiting.answer.set_exception(self._problem)

    def _take(self, message: dict[str, Any]) -> None:
        match message["event"]:
            case "ready" | "changed":
                self.offers = offers_from(self.name, message)
                if self._ready is not None and not self._ready.done():
                    self._ready.set_result(None)
                self.on_change()
            case "failed":
                reason = message["reason"]
                kind, line = message["problem"], self.last_line
                self._fail(problem_of(kind, self.name, reason, line))
            case "ended":
                self._fail(problem_of(message["reason"], self.name, last_line=self.last_line))
            case "stderr":
                self.last_line = sanitize_line(message["line"], _STDERR_LIMIT) or self.last_line
                self.on_change()
            case "log":
                text = sanitize_line(message["text"], _STDERR_LIMIT)
                log.info("server %r: %s", self.name, text)
            case "question" | "question_over":
                self._take_question(message)
            case _:
                self._take_answer(message)

    def _take_answer(self, message: dict[str, Any]) -> None:
        waiting = self._requests.get(message["id"])
        if waiting is None or waiting.answer.done():
            return
        if message["event"] == "progress":
            if waiting.on_progress is not None:
                waiting.on_progress(message["progress"], message["total"], message["message"])
        elif message["event"] == "result":
            waiting.answer.set_result(message)
        else:
            problem = problem_of(message["problem"], self.name, message["reason"], self.last_line)
            waiting.answer.set_exception(problem)

    def _take_question(self, message: dict[str, Any]) -> None:
        number = message["id"]
        if message["event"] == "question":
            asking = asyncio.get_running_loop().create_task(self._answer(number, message))
            self._questions[number] = asking
        elif task := self._questions.get(number):
            task.cancel()

    async def _answer(self, number: int, question: dict[str, Any]) -> None:
        try:
            answer = await self.on_question(question)
            self._send({"op": "answer", "id": number, "answer": answer})
        finally:
            self._questions.pop(number, None)
