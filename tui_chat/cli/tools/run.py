"""Runs `tui-chat tools`. Exit status: 0 done, 1 failed, 2 wrong usage, 130 stopped by Ctrl+C."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tui_chat.cli.conversations.output import Output
from tui_chat.cli.tools.import_servers import import_servers, servers_of_file
from tui_chat.core.errors import ConfigError
from tui_chat.core.labels import _, ngettext
from tui_chat.core.text.sanitize import sanitize_line
from tui_chat.core.tools.server import ServerState, ServerStatus
from tui_chat.import_export.export.redact_keys import KeyRedactor
from tui_chat.session.tools.tool_service import ToolService

if TYPE_CHECKING:
    import argparse

    from tui_chat.core.tools.tool import Tool
    from tui_chat.session.launch import Launch

DONE: Final = 0
FAILED: Final = 1
_LINE: Final = 100


def run(options: argparse.Namespace, launch: Launch) -> int:
    """Run one command and return its exit status.

    Args:
        options: The parsed arguments, see `arguments.add_commands`.
        launch: Paths, environment and configuration.

    Raises:
        ConfigError: A name, the file or the configuration is wrong.
    """
    output = Output(sys.stdout, sys.stderr, KeyRedactor())
    for problem in launch.settings.problems:
        output.report(problem.message)
    match options.tools_action:
        case "test":
            return asyncio.run(_test(launch, options.name, output, as_json=options.json))
        case "import":
            data = sys.stdin.buffer.read() if options.file == "-" else _read(Path(options.file))
            for line in import_servers(launch, servers_of_file(data)):
                output.line(line)
            return DONE
        case _:
            return _list(launch, output, as_json=options.json)


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        text = _("Cannot read {file}: {reason}.")
        raise ConfigError(text.format(file=file, reason=error.strerror)) from None


def _list(launch: Launch, output: Output, *, as_json: bool) -> int:
    service = ToolService(launch.settings.tools, launch.env)
    states = service.servers.states() if service.is_configured else []
    if as_json:
        output.line(json.dumps({"servers": [_record(it) for it in states]}, ensure_ascii=False))
        return DONE
    for state in states:
        settings = service.servers.settings.servers[state.name]
        output.line(f"{state.name}: {state.target}")
        if settings.distrust:
            output.line("  " + _("not started: {reason}").format(reason=settings.distrust))
        if settings.allow is not None:
            output.line("  " + _("only: {tools}").format(tools=", ".join(settings.allow)))
    if service.missing_message:
        output.report(service.missing_message)
    return DONE


async def _test(launch: Launch, name: str, output: Output, *, as_json: bool) -> int:
    service = ToolService(launch.settings.tools, launch.env)
    if service.missing_message:
        raise ConfigError(service.missing_message)
    try:
        state = await service.servers.start(name)
    finally:
        await service.aclose()
    if as_json:
        output.line(json.dumps(_record(state), ensure_ascii=False))
        return DONE if state.status is ServerStatus.READY else FAILED
    if state.status is not ServerStatus.READY:
        output.report(state.trouble)
        if state.last_line and state.last_line not in state.trouble:
            output.report(_("Its last line: {line}").format(line=state.last_line))
        return FAILED
    count = ngettext("{count} tool", "{count} tools", len(state.tools))
    title = sanitize_line(state.title, _LINE)
    output.line(f"{state.name}: {' · '.join(filter(None, (title, count)))}")
    for tool in state.tools:
        output.line(f"  {sanitize_line(tool.name, _LINE)}  {_summary(tool)}".rstrip())
    if state.trouble:
        output.report(state.trouble)
    return DONE


def _summary(tool: Tool) -> str:
    claims = []
    if tool.claims.is_read_only:
        claims.append(_("says: only reads"))
    if tool.claims.is_destructive:
        claims.append(_("says: can destroy"))
    first = tool.description.strip().partition("\n")[0]
    return " · ".join(filter(None, (sanitize_line(first, _LINE), *claims)))


def _record(state: ServerState) -> dict[str, Any]:
    """Return the JSON object of a server."""
    return {
        "name": state.name,
        "target": state.target,
        "status": state.status.name.lower(),
        "trouble": state.trouble,
        "last_line": state.last_line,
        "tools": [
            {
                "name": tool.name,
                "title": tool.title,
                "description": tool.description,
                "schema": dict(tool.input_schema),
                "read_only": tool.claims.is_read_only,
                "destructive": tool.claims.is_destructive,
            }
            for tool in state.tools
        ],
    }
