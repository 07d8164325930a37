"""Errors of servers in words for the user: what happened, then what to do."""

from __future__ import annotations

from typing import Final

from tui_chat.core.errors import TuiChatError
from tui_chat.core.labels import N_, _
from tui_chat.core.text.sanitize import sanitize_line

_LIMIT: Final = 300
_SUMMARIES: Final = {
    "not_installed": N_("Tools need the package mcp."),
    "no_program": N_("The program of the server “{server}” cannot be started: {reason}."),
    "no_folder": N_("The folder of the server “{server}” does not exist: {reason}."),
    "timeout": N_("The server “{server}” did not answer in time."),
    "ended": N_("The server “{server}” ended."),
    "too_long": N_("The server “{server}” sent a message that is too long."),
    "no_protocol": N_("The program “{server}” does not speak the protocol of MCP servers."),
    "cancelled": N_("The call was stopped."),
}
_HINTS: Final = {
    "not_installed": N_('Install it: pip install ".[tools]"'),
    "no_program": N_("Check `command` in config.toml."),
    "no_folder": N_("Check `folder` in config.toml."),
    "timeout": N_("Try again, or raise `timeout` in config.toml."),
    "no_protocol": N_("Check `command` in config.toml."),
}
_OTHER: Final = N_("The server “{server}” reports an error: {reason}")


class ToolProblem(TuiChatError):
    """A server cannot be used, or a call could not be run."""

    kind = "tool"


def problem_of(problem: str, server: str, reason: str = "", last_line: str = "") -> ToolProblem:
    """Return the error for a problem that the host process reports.

    Args:
        problem: The name of the problem.
        server: The name of the server.
        reason: Its own words.
        last_line: The last line of its standard error.
    """
    words = sanitize_line(reason, _LIMIT).rstrip(".")
    if problem == "ended" and last_line:
        summary = _("The server “{server}” ended. Its last line: {line}")
        summary = summary.format(
            server=sanitize_line(server), line=sanitize_line(last_line, _LIMIT)
        )
        return ToolProblem(summary)
    summary = _(_SUMMARIES.get(problem, _OTHER))
    words = words or sanitize_line(problem, _LIMIT)
    hint = _(_HINTS[problem]) if problem in _HINTS else ""
    return ToolProblem(summary.format(server=sanitize_line(server), reason=words), hint)
