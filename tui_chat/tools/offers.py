"""Reads what a server offers from the messages of its host process."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tui_chat.core.tools.call import ResultKind, ResultPart
from tui_chat.core.tools.server import PromptArgument, ServerPrompt, ServerResource
from tui_chat.core.tools.tool import Tool, ToolClaims

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Offers:
    """The tools, prompts and resources of a server."""

    tools: tuple[Tool, ...] = ()
    prompts: tuple[ServerPrompt, ...] = ()
    resources: tuple[ServerResource, ...] = ()
    title: str = ""
    instructions: str = ""
    dropped: int = 0
    """The number of tools that are over a limit."""


def offers_from(server: str, message: Mapping[str, Any]) -> Offers:
    """Return the offers in a message `ready` or `changed`."""
    return Offers(
        tools=tuple(_tool(server, it) for it in message.get("tools", ())),
        prompts=tuple(
            ServerPrompt(
                server,
                it["name"],
                it["title"],
                it["description"],
                tuple(PromptArgument(**argument) for argument in it["arguments"]),
            )
            for it in message.get("prompts", ())
        ),
        resources=tuple(ServerResource(server, **it) for it in message.get("resources", ())),
        title=message.get("title", ""),
        instructions=message.get("instructions", ""),
        dropped=message.get("dropped", 0),
    )


def _tool(server: str, record: Mapping[str, Any]) -> Tool:
    return Tool(
        server,
        record["name"],
        record["description"],
        record["schema"],
        record["title"],
        ToolClaims(*record["claims"]),
    )


def parts_from(records: list[dict[str, Any]]) -> tuple[ResultPart, ...]:
    """Return the parts of a result; bytes that are no Base64 are left out."""
    return tuple(_part(record) for record in records)


def _part(record: Mapping[str, Any]) -> ResultPart:
    try:
        data = base64.b64decode(record.get("data", ""))
    except ValueError:
        data = b""
    return ResultPart(
        ResultKind(record["kind"]),
        record.get("text", ""),
        data,
        record.get("mime", ""),
        record.get("uri", ""),
        record.get("name", ""),
    )
