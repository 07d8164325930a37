"""The configured servers of one run of the program: started when needed, ended with it."""

from __future__ import annotations

import asyncio
import json
import os
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final, Protocol

from tui_chat.config.tool_servers import ToolSettings, shown_target
from tui_chat.core.errors import TuiChatError
from tui_chat.core.labels import _, ngettext
from tui_chat.core.text.redact import Redactor
from tui_chat.core.text.sanitize import sanitize_line
from tui_chat.core.tools.server import ServerState, ServerStatus
from tui_chat.tools.configuration import host_configuration, host_environment
from tui_chat.tools.offers import Offers, parts_from
from tui_chat.tools.problems import ToolProblem, problem_of
from tui_chat.tools.server_process import HOST, ServerProcess

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tui_chat.config.tool_servers import ToolServer
    from tui_chat.core.profile import Secret
    from tui_chat.core.tools.call import ResultPart
    from tui_chat.core.tools.tool import Tool, ToolKey

_RESTARTS: Final = 1
"""Automatic restarts of a server that ends by itself; a finished call allows another one."""
_TARGET_LIMIT: Final = 200


class ServerQuestions(Protocol):
    """Answers the questions of servers."""

    async def __call__(self, server: str, question: Mapping[str, Any]) -> dict[str, Any]:
        """Return the answer in the form that the host process expects."""


@dataclass(frozen=True, slots=True)
class CallResult:
    """The result of a call that a server has run."""

    parts: tuple[ResultPart, ...]
    is_error: bool
    is_truncated: bool


@dataclass(slots=True)
class _Server:
    """One server and what is known of it."""

    settings: ToolServer
    process: ServerProcess | None = None
    offers: Offers = field(default_factory=Offers)
    status: ServerStatus = ServerStatus.OFF
    trouble: str = ""
    last_line: str = ""
    ends: int = 0
    """The number of times it ended by itself since its last good call."""
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    mask: Redactor = field(default_factory=lambda: Redactor([]))


class ToolServers:
    """Starts servers, lists their tools and runs calls.

    Attributes:
        on_question: Answers questions of the servers; None refuses them.
        on_secret: Receives each secret that is read, before it is used.
        host: The module of the host processes.
    """

    def __init__(self, settings: ToolSettings | None, env: Mapping[str, str] | None = None) -> None:
        """Create the servers; none is started.

        Args:
            settings: The table [tools]; None without it.
            env: The environment of the program.
        """
        self.settings = settings or ToolSettings()
        self._env = os.environ if env is None else env
        self._servers = {name: _Server(it) for name, it in self.settings.servers.items()}
        self._listeners: list[Callable[[], None]] = []
        self.on_question: ServerQuestions | None = None
        self.host = HOST
        self.on_secret: Callable[[Secret], None] = lambda secret: None

    def __bool__(self) -> bool:
        return bool(self._servers)

    def states(self) -> list[ServerState]:
        """Return all servers as they are now, in the order of the file."""
        return [self.state(name) for name in self._servers]

    def state(self, name: str) -> ServerState:
        """Return the state of one server.

        Raises:
            ToolProblem: There is no such server.
        """
        server = self._known(name)
        return ServerState(
            name,
            server.status,
            tuple(tool for tool in server.offers.tools if _is_allowed(server.settings, tool)),
            server.offers.prompts,
            server.offers.resources,
            sanitize_line(shown_target(server.settings), _TARGET_LIMIT),
            server.trouble,
            server.last_line,
            server.offers.title,
            server.offers.instructions,
        )

    def tool(self, key: ToolKey) -> Tool | None:
        """Return a tool as its server describes it now; None if it is not offered."""
        server = self._servers.get(key.server)
        found = server.offers.tools if server is not None else ()
        return next(
            (
                it
                for it in found
                if it.name == key.name and server and _is_allowed(server.settings, it)
            ),
            None,
        )

    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call a function after every change of a state; return a function that ends it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def start(self, name: str) -> ServerState:
        """Start a server that the user asks for; return its state, with its trouble if it fails.

        Raises:
            ToolProblem: There is no such server.
        """
        server = self._known(name)
        server.ends = 0
        # A failure is in the state.
        with suppress(TuiChatError):
            await self._running(server)
        return self.state(name)

    async def ensure(self, name: str) -> ServerState:
        """Start a server that is needed and does not run.

        Raises:
            TuiChatError: There is no such server, it does not start, or it ended too often.
        """
        await self._running(self._known(name))
        return self.state(name)

    async def stop(self, name: str) -> None:
        """End a server."""
        server = self._known(name)
        async with server.lock:
            await self._end(server)
            server.status, server.trouble = ServerStatus.OFF, ""
        self._changed()

    async def call(
        self,
        key: ToolKey,
        arguments: Mapping[str, Any],
        on_progress: Callable[[float | None, float | None, str], None] | None = None,
    ) -> CallResult:
        """Run a call; a cancellation cancels it at the server, too. Never tried twice.

        Raises:
            TuiChatError: The server does not start, ended meanwhile, or did not answer in time.
        """
        server = self._known(key.server)
        process = await self._running(server)
        order = {"op": "call", "name": key.name, "arguments": dict(arguments)}
        message = await self._requested(server, process, order, on_progress)
        server.ends = 0
        parts = await asyncio.to_thread(_masked_parts, message["parts"], server.mask)
        return CallResult(parts, bool(message["is_error"]), bool(message["is_cut"]))

    async def get_prompt(self, name: str, prompt: str, arguments: Mapping[str, str]) -> str:
        """Return the text of a prompt.

        Raises:
            TuiChatError: The server does not start or reports an error.
        """
        server = self._known(name)
        process = await self._running(server)
        order = {"op": "prompt", "name": prompt, "arguments": dict(arguments)}
        message = await self._requested(server, process, order)
        return server.mask.redact_known(str(message["text"]))

    async def read_resource(self, name: str, uri: str) -> tuple[ResultPart, ...]:
        """Return the content of a resource.

        Raises:
            TuiChatError: The server does not start or reports an error.
        """
        server = self._known(name)
        process = await self._running(server)
        message = await self._requested(server, process, {"op": "resource", "uri": uri})
        return await asyncio.to_thread(_masked_parts, message["parts"], server.mask)

    async def aclose(self) -> None:
        """End all servers."""
        self._listeners.clear()
        async with asyncio.TaskGroup() as tasks:
            for server in self._servers.values():
                tasks.create_task(self._end(server))

    async def _requested(
        self,
        server: _Server,
        process: ServerProcess,
        order: Mapping[str, Any],
        on_progress: Callable[[float | None, float | None, str], None] | None = None,
    ) -> dict[str, Any]:
        """Send an order; the server's own words in an error may contain a secret of it."""
        try:
            return await process.request(order, on_progress)
        except ToolProblem as error:
            raise ToolProblem(server.mask(error.summary), error.hint) from error

    def _known(self, name: str) -> _Server:
        if (server := self._servers.get(name)) is None:
            summary = _("There is no server “{server}” in config.toml.")
            raise ToolProblem(summary.format(server=sanitize_line(name, 60)))
        return server

    async def _running(self, server: _Server) -> ServerProcess:
        async with server.lock:
            if server.process is not None and server.process.is_running:
                return server.process
            if server.process is not None:
                await self._end(server)
                server.ends += 1
            if server.ends > _RESTARTS:
                raise ToolProblem(
                    _("The server “{server}” ended again.").format(server=server.settings.name)
                    + (f" {server.last_line}" if server.last_line else ""),
                    _("Start it again in the list of tools (F7)."),
                )
            server.status, server.trouble = ServerStatus.STARTING, ""
            self._changed()
            try:
                server.process = await self._started(server)
            except TuiChatError as error:
                server.status, server.trouble = ServerStatus.FAILED, server.mask(error.message)
                raise
            except asyncio.CancelledError:
                server.status = ServerStatus.OFF
                raise
            else:
                server.status = ServerStatus.READY
                server.trouble = _dropped(server.process.offers)
            finally:
                self._changed()
            return server.process

    async def _started(self, server: _Server) -> ServerProcess:
        settings = server.settings
        config, secrets = await asyncio.to_thread(host_configuration, settings, self._env)
        for secret in secrets:
            self.on_secret(secret)
        server.mask = Redactor(secrets)

        async def on_question(question: dict[str, Any]) -> dict[str, Any]:
            if self.on_question is None:
                return {"action": "decline"}
            return await self.on_question(settings.name, question)

        process = ServerProcess(
            settings.name,
            config,
            on_change=lambda: self._note(server, process),
            on_question=on_question,
            env=host_environment(settings, self._env),
            host=self.host,
        )
        await process.start()
        server.offers = process.offers
        return process

    def _note(self, server: _Server, process: ServerProcess) -> None:
        """Take over what a process reports."""
        server.last_line = server.mask(process.last_line)
        if process.is_running:
            server.offers = process.offers
        elif server.process is process and server.status is ServerStatus.READY:
            server.status = ServerStatus.FAILED
            problem = problem_of("ended", server.settings.name, last_line=server.last_line)
            server.trouble = problem.message
        self._changed()

    async def _end(self, server: _Server) -> None:
        process, server.process = server.process, None
        if process is not None:
            await process.stop()

    def _changed(self) -> None:
        for listener in list(self._listeners):
            listener()


def _is_allowed(settings: ToolServer, tool: Tool) -> bool:
    return settings.allow is None or tool.name in settings.allow


def _masked_parts(records: list[dict[str, Any]], mask: Redactor) -> tuple[ResultPart, ...]:
    """Return the parts of a result without the secrets that the server was given."""
    return tuple(
        replace(part, text=mask.redact_known(part.text)) if part.text else part
        for part in parts_from(records)
    )


def _dropped(offers: Offers) -> str:
    if not offers.dropped:
        return ""
    return ngettext(
        "{count} tool is left out: its name or schema is too long, or there are too many.",
        "{count} tools are left out: their names or schemas are too long, or there are too many.",
        offers.dropped,
    )


def parsed_arguments(text: str) -> dict[str, Any] | None:
    """Return the arguments of a call as an object; None if the text is not JSON of one."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
