"""A tool that an MCP server offers, as it describes itself."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

NAME_LIMIT: Final = 64
"""Length limit for the name of a tool at OpenAI and most other endpoints."""
_NOT_IN_NAME: Final = re.compile(r"[^A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class ToolClaims:
    """Claims of a server about a tool: shown to the user, never trusted. None if not claimed."""

    is_read_only: bool | None = None
    is_destructive: bool | None = None
    is_idempotent: bool | None = None
    is_open_world: bool | None = None
    """True if the tool reaches beyond the server, such as to the web."""


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool of a server. All its texts come from outside and are not sanitized."""

    server: str
    """The name of the server in config.toml."""
    name: str
    """The name that the server uses."""
    description: str = ""
    input_schema: Mapping[str, Any] = field(default_factory=dict, hash=False)
    """JSON Schema of the arguments; an object."""
    title: str = ""
    """A name for people; empty if there is none."""
    claims: ToolClaims = ToolClaims()

    @property
    def key(self) -> ToolKey:
        """Identifies the tool among those of all servers."""
        return ToolKey(self.server, self.name)

    @property
    def fingerprint(self) -> str:
        """A hash of everything that the server says of the tool. Approvals are bound to it."""
        claims = self.claims
        said = [
            self.name,
            self.title,
            self.description,
            dict(self.input_schema),
            [claims.is_read_only, claims.is_destructive],
            [claims.is_idempotent, claims.is_open_world],
        ]
        return sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True, slots=True, order=True)
class ToolKey:
    """Server and name of a tool."""

    server: str
    name: str


def sent_names(tools: Iterable[Tool]) -> dict[str, Tool]:
    """Return tools by the names under which a request offers them.

    A name contains the server, so that no server can imitate the tool of another; characters that
    endpoints refuse are replaced. Names that coincide after that are numbered.
    """
    named: dict[str, Tool] = {}
    for tool in tools:
        server, name = (_NOT_IN_NAME.sub("_", it).strip("_") for it in (tool.server, tool.name))
        plain = f"{server[:24] or 'server'}__{name or 'tool'}"[:NAME_LIMIT]
        chosen, number = plain, 2
        while chosen in named:
            ending = f"_{number}"
            chosen, number = plain[: NAME_LIMIT - len(ending)] + ending, number + 1
        named[chosen] = tool
    return named
