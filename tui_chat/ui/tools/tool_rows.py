"""The rows of the tool picker: servers and their tools, with what they say of themselves."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final, Protocol

from textual.content import Content

from tui_chat.core.labels import _, join_sentences, labelled, ngettext
from tui_chat.core.text.sanitize import sanitize_line
from tui_chat.core.tools.server import ServerStatus
from tui_chat.ui.tools.call_labels import LONGEST_NAME, claims_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tui_chat.core.tools.server import ServerState
    from tui_chat.core.tools.tool import Tool, ToolKey

MOST_ROWS: Final = 200
"""Tools of a server that are listed at once; the filter finds the others."""
_SHORT: Final = 120
_LONG: Final = 600
_QUIET: Final = "$foreground 60%"
_STATUS_STYLES: Final = {
    ServerStatus.READY: "$text-success",
    ServerStatus.FAILED: "$text-error",
}


class ToolChoice(Protocol):
    """The tools that are chosen for a conversation."""

    def is_on(self, choice: ToolKey | str) -> bool:
        """Return whether a tool, or a server as a whole, is switched on."""

    async def switch(self, choice: ToolKey | str, is_on: bool) -> None:
        """Switch a tool or a whole server on or off."""

    @property
    def always(self) -> Sequence[ToolKey]:
        """The tools that run without asking."""

    async def forget(self, key: ToolKey) -> None:
        """Ask before a tool runs again."""


@dataclass(frozen=True, slots=True)
class ToolRow:
    """A server, or one of its tools."""

    state: ServerState
    tool: Tool | None = None
    hidden: int = 0
    """The number of tools that are not listed, on a row that only says so."""

    @property
    def choice(self) -> ToolKey | str:
        """The key of the tool, or the name of the server."""
        return self.tool.key if self.tool is not None else self.state.name


def tool_rows(states: Iterable[ServerState], wanted: str) -> list[ToolRow]:
    """Return the rows of all servers.

    Args:
        states: The servers.
        wanted: Only tools whose server, name or description contains it; casefolded.
    """
    return [row for state in states for row in _rows_of(state, wanted)]


def _rows_of(state: ServerState, wanted: str) -> Iterator[ToolRow]:
    is_named = wanted in state.name.casefold()
    found = [it for it in state.tools if is_named or wanted in _searched(it)]
    if not found and not is_named:
        return
    yield ToolRow(state)
    for tool in islice(found, MOST_ROWS):
        yield ToolRow(state, tool)
    if (hidden := len(found) - MOST_ROWS) and hidden > 0:
        yield ToolRow(state, hidden=hidden)


def _searched(tool: Tool) -> str:
    return f"{tool.name[:_SHORT]} {tool.title[:_SHORT]} {tool.description[:_SHORT]}".casefold()


def row_content(row: ToolRow, choice: ToolChoice) -> Content:
    """Return a row as it is drawn."""
    state, tool = row.state, row.tool
    if row.hidden:
        words = ngettext(
            "    + {count} tool: type to find it",
            "    + {count} tools: type to find them",
            row.hidden,
        )
        return Content.styled(words, _QUIET)
    mark = _mark(row, choice)
    if tool is None:
        name = sanitize_line(state.name, LONGEST_NAME)
        facts = [state.status.label]
        if state.tools:
            facts.append(ngettext("{count} tool", "{count} tools", len(state.tools)))
        style = _STATUS_STYLES.get(state.status, _QUIET)
        return Content.assemble(mark, " ", (name, "bold"), "  ", (" · ".join(facts), style))
    always = _("runs without asking") if tool.key in choice.always else ""
    words = sanitize_line(tool.description, _SHORT)
    return Content.assemble(
        f"  {mark} {sanitize_line(tool.name, LONGEST_NAME) or '?'}",
        (f"  {always}" if always else "", "$text-warning"),
        (f"  {words}", _QUIET),
    )


def _mark(row: ToolRow, choice: ToolChoice) -> str:
    if row.tool is not None:
        return "[x]" if choice.is_on(row.choice) else "[ ]"
    if choice.is_on(row.state.name):
        return "[x]"
    some = islice(row.state.tools, MOST_ROWS)
    return "[-]" if any(choice.is_on(it.key) for it in some) else "[ ]"


def row_details(row: ToolRow) -> Content:
    """Return the details of the highlighted row; words of a server are marked as such."""
    state, tool = row.state, row.tool
    if tool is not None:
        title = sanitize_line(tool.title, LONGEST_NAME)
        said = join_sentences(title, sanitize_line(tool.description, _LONG))
        words = _("The server says: {words}").format(words=said) if said else ""
        return Content("\n".join(it for it in (words, claims_line(tool.claims)) if it))
    lines = [labelled(_("Runs"), state.target) if state.target else ""]
    if state.trouble:
        lines.append(state.trouble)
    if state.last_line:
        lines.append(labelled(_("Its last words"), state.last_line))
    if state.status is not ServerStatus.READY and not state.trouble:
        lines.append(_("Enter starts it and lists its tools."))
    return Content("\n".join(line for line in lines if line))
