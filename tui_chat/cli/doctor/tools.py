"""Starts each configured MCP server and lists its tools; no tool is called."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui_chat.core.labels import _, ngettext
from tui_chat.core.tools.server import ServerStatus
from tui_chat.session.tools.tool_service import ToolService

if TYPE_CHECKING:
    from tui_chat.cli.doctor.report import Report
    from tui_chat.session.launch import Launch


async def check_tools(launch: Launch, report: Report) -> None:
    """Report each server, with the number of its tools or the reason why it does not start."""
    service = ToolService(launch.settings.tools, launch.env)
    if not service.is_configured:
        return
    if not service.is_available:
        report.failed("tools", _("the package mcp is not installed"), service.missing_message)
        return
    try:
        for name in service.servers.settings.servers:
            state = await service.servers.start(name)
            if state.status is not ServerStatus.READY:
                report.failed("tools", "{trouble}", "", trouble=state.trouble)
                continue
            count = ngettext("{count} tool", "{count} tools", len(state.tools))
            report.ok("tools", "{server}: {count}", server=name, count=count)
    finally:
        await service.aclose()
