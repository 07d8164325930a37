"""The connection to one server: lists what it offers, runs calls, passes its questions on."""

from __future__ import annotations

import asyncio
import json
import logging
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

import mcp_types as types
from mcp.client import Client
from mcp.client.sse import sse_client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._httpx_utils import create_mcp_http_client
from mcp.shared.exceptions import MCPError

from tui_chat.tools.host import limits
from tui_chat.tools.host.convert import (
    prompt_records,
    resource_part,
    resource_records,
    result_record,
    tool_records,
)
from tui_chat.tools.host.stdio import stdio_connection, working_folder_problem

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Send = Callable[[dict[str, Any]], None]

_LINE_LIMIT: Final = 32_000_000
_START_S: Final = 30.0
_RELIST_S: Final = 0.2
_BROKEN: Final = ("too_long", "no_protocol")
"""Reasons for which the connection is given up here."""
_TORN: Final = (
    *("BrokenResourceError", "ClosedResourceError", "EndOfStream"),
    *("BrokenPipeError", "ConnectionResetError"),
)


def run(config: dict[str, Any], send: Send) -> None:
    """Serve until standard input ends or the server is gone."""
    logging.disable(logging.CRITICAL)
    asyncio.run(_Host(config, send).serve())


class _Throttle:
    """Lets a limited number of lines pass each second."""

    def __init__(self) -> None:
        self._second, self._count = 0, 0

    def allows(self) -> bool:
        second = int(time.monotonic())
        if second != self._second:
            self._second, self._count = second, 0
        self._count += 1
        return self._count <= limits.LINES_PER_S


class _Host:
    """One server and its calls."""

    def __init__(self, config: dict[str, Any], send: Send) -> None:
        self._config = config
        self._send = send
        self._client: Client | None = None
        self._calls: dict[int, asyncio.Task[None]] = {}
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._lines, self._messages = _Throttle(), _Throttle()
        self._ended = asyncio.Event()
        self._reason = ""
        self._last_line = ""
        self._relisting: asyncio.Task[None] | None = None

    async def serve(self) -> None:
        """Connect, then follow the orders of the program."""
        if folder := working_folder_problem(self._config.get("folder")):
            self._send({"event": "failed", "problem": "no_folder", "reason": folder})
            return
        orders = asyncio.get_running_loop().create_task(self._orders())
        serving = asyncio.get_running_loop().create_task(self._connected())
        await asyncio.wait({orders, serving}, return_when=asyncio.FIRST_COMPLETED)
        for task in (orders, serving):
            task.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await task

    async def _connected(self) -> None:
        try:
            async with asyncio.timeout(self._config.get("start_s", _START_S)) as clock:
                client = Client(
                    self._transport(),
                    mode="legacy",
                    read_timeout_seconds=self._config["timeout_s"],
                    client_info=types.Implementation(name="tui-chat", version="1"),
                    elicitation_callback=self._elicit,
                    sampling_callback=self._sample if self._config.get("may_sample") else None,
                    logging_callback=self._log,
                    message_handler=self._note,
                    cache=None,
                )
                async with client:
                    self._client = client
                    await self._list("ready")
                    clock.reschedule(None)
                    await self._ended.wait()
                    self._send_last_line()
                    self._send({"event": "ended", "reason": self._reason})
        except TimeoutError:
            self._fail("timeout", "")
        except (Exception, BaseExceptionGroup) as error:  # noqa: BLE001 - reported
            self._fail(*_problem(error))

    def _fail(self, problem: str, reason: str) -> None:
        self._send_last_line()
        if self._reason in _BROKEN:
            problem = self._reason
        elif problem in _TORN:
            problem, reason = "ended", ""
        self._send({"event": "failed", "problem": problem, "reason": reason})

    def _transport(self) -> Any:
        config = self._config
        if command := config.get("command"):
            return stdio_connection(
                command,
                config.get("env", {}),
                config.get("folder"),
                on_stderr=self._stderr,
                on_end=self._end,
            )
        headers = config.get("headers") or {}
        if config.get("transport") == "sse":
            return sse_client(config["url"], headers=headers, timeout=_START_S)
        client = create_mcp_http_client(headers=headers)
        return streamable_http_client(config["url"], http_client=client)

    def _stderr(self, line: str) -> None:
        is_allowed = self._lines.allows()
        self._last_line = "" if is_allowed else line
        if is_allowed:
            self._send({"event": "stderr", "line": line})

    def _send_last_line(self) -> None:
        """Send the last line of standard error, which often says why a server ended."""
        if self._last_line:
            self._send({"event": "stderr", "line": self._last_line})

    def _end(self, reason: str) -> None:
        self._reason = reason
        self._ended.set()

    async def _list(self, event: str) -> None:
        assert self._client is not None  # noqa: S101 - connected
        client, message = self._client, dict[str, Any](event=event)
        offers = client.server_capabilities
        tools = await _pages(client.list_tools, "tools") if offers.tools else []
        records, dropped = tool_records(tools)
        message |= {"tools": records, "dropped": dropped}
        for name, list_all, convert in (
            ("prompts", client.list_prompts, prompt_records),
            ("resources", client.list_resources, resource_records),
        ):
            with suppress(MCPError):
                if getattr(offers, name) is not None:
                    message[name] = convert(await _pages(list_all, name))
        info = client.server_info
        message["title"] = limits.cut((info and (info.title or info.name)) or "", limits.NAME)
        message["instructions"] = limits.cut(client.instructions or "", limits.DESCRIPTION)
        self._send(message)

    async def _orders(self) -> None:
        """Follow the orders on standard input until it ends."""
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(limit=_LINE_LIMIT)
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        while line := await reader.readline():
            order = json.loads(line)
            number = order["id"]
            if order["op"] == "cancel":
                if task := self._calls.get(number):
                    task.cancel()
            elif order["op"] == "answer":
                if (waiting := self._answers.get(number)) and not waiting.done():
                    waiting.set_result(order["answer"])
            else:
                work = self._work(order)
                self._calls[number] = loop.create_task(self._answered(number, work))

    async def _answered(self, number: int, work: Awaitable[dict[str, Any]]) -> None:
        try:
            self._send({"event": "result", "id": number, **await work})
        except asyncio.CancelledError:
            self._send({"event": "error", "id": number, "problem": "cancelled", "reason": ""})
        except (Exception, BaseExceptionGroup) as error:  # noqa: BLE001 - reported
            problem, reason = _problem(error)
            report = {"event": "error", "id": number, "problem": problem, "reason": reason}
            self._send(report)
        finally:
            self._calls.pop(number, None)

    async def _work(self, order: dict[str, Any]) -> dict[str, Any]:
        client, number = self._client, order["id"]
        assert client is not None  # noqa: S101 - the program waits for `ready`

        async def on_progress(progress: float, total: float | None, message: str | None) -> None:
            if self._messages.allows():
                text = limits.cut(message or "", limits.STDERR_LINE)
                report = {"event": "progress", "id": number, "progress": progress}
                self._send({**report, "total": total, "message": text})

        match order["op"]:
            case "call":
                result = await client.call_tool(
                    order["name"],
                    order["arguments"],
                    read_timeout_seconds=self._config["timeout_s"],
                    progress_callback=on_progress,
                )
                return result_record(result)
            case "prompt":
                prompt = await client.get_prompt(order["name"], order["arguments"])
                texts = [getattr(it.content, "text", "") for it in prompt.messages]
                return {"text": "\n\n".join(filter(None, texts))[: limits.RESULT_BYTES]}
            case _:
                read = await client.read_resource(order["uri"])
                parts = [resource_part(it) for it in read.contents[: limits.PARTS]]
                return {"parts": parts}

    async def _ask(self, question: dict[str, Any]) -> dict[str, Any]:
        """Pass a question of the server on to the program, and wait for the answer."""
        number = len(self._answers) + 1
        waiting: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._answers[number] = waiting
        self._send({"event": "question", "id": number, **question})
        try:
            return await waiting
        except asyncio.CancelledError:
            self._send({"event": "question_over", "id": number})
            raise

    async def _elicit(self, context: Any, params: Any) -> Any:
        schema = getattr(params, "requested_schema", None) or {}
        if limits.depth_of(schema) > limits.DEPTH or len(json.dumps(schema)) > limits.SCHEMA:
            return types.ElicitResult(action="decline")
        answer = await self._ask(
            {
                "kind": "elicitation",
                "message": limits.cut(params.message, limits.DESCRIPTION),
                "schema": schema,
                "url": str(getattr(params, "url", "") or "")[:2_000],
            }
        )
        is_accepted = answer["action"] == "accept"
        content = answer.get("values") if is_accepted else None
        return types.ElicitResult(action=answer["action"], content=content)

    async def _sample(self, context: Any, params: Any) -> Any:
        messages = [
            [it.role, limits.cut(getattr(it.content, "text", "") or "", limits.SCHEMA)]
            for it in params.messages[: limits.PARTS]
        ]
        answer = await self._ask(
            {
                "kind": "sampling",
                "system_prompt": limits.cut(params.system_prompt or "", limits.DESCRIPTION),
                "messages": messages,
                "max_tokens": params.max_tokens,
            }
        )
        if answer.get("text") is None:
            return types.ErrorData(code=-1, message="The user refused.")
        return types.CreateMessageResult(
            role="assistant",
            content=types.TextContent(type="text", text=answer["text"]),
            model=answer.get("model") or "unknown",
        )

    async def _log(self, params: Any) -> None:
        if self._messages.allows():
            text = limits.cut(str(params.data), limits.STDERR_LINE)
            self._send({"event": "log", "level": str(params.level), "text": text})

    async def _note(self, message: Any) -> None:
        changed = (
            types.ToolListChangedNotification,
            types.PromptListChangedNotification,
            types.ResourceListChangedNotification,
        )
        is_changed = isinstance(message, changed)
        if is_changed and (self._relisting is None or self._relisting.done()):
            self._relisting = asyncio.get_running_loop().create_task(self._relist())

    async def _relist(self) -> None:
        # A server that announces changes in a flood is listed a few times a second at most.
        await asyncio.sleep(_RELIST_S)
        with suppress(MCPError):
            await self._list("changed")


async def _pages(list_some: Callable[..., Awaitable[Any]], name: str) -> list[Any]:
    found: list[Any] = []
    cursor: str | None = None
    for _ in range(limits.PAGES):
        page = await list_some(cursor=cursor)
        found += getattr(page, name)
        cursor = page.next_cursor
        if not cursor or len(found) > limits.ENTRIES:
            break
    return found


def _problem(error: BaseException) -> tuple[str, str]:
    """Return the kind of an error and its words."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    text = limits.cut(str(error), limits.STDERR_LINE)
    if isinstance(error, FileNotFoundError | PermissionError | NotADirectoryError):
        return "no_program", text
    if isinstance(error, MCPError):
        code = getattr(error.error, "code", 0)
        if code == types.CONNECTION_CLOSED:
            return "ended", ""
        return ("timeout" if code == types.REQUEST_TIMEOUT else "protocol"), text
    if isinstance(error, TimeoutError):
        return "timeout", ""
    return type(error).__name__, text
