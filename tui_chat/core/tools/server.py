"""The state of an MCP server, as it is shown."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from tui_chat.core.labels import N_, _

if TYPE_CHECKING:
    from tui_chat.core.tools.tool import Tool


class ServerStatus(StrEnum):
    """The state of a server's process or connection; the values are labels."""

    OFF = N_("not started")
    STARTING = N_("starting")
    READY = N_("running")
    FAILED = N_("failed")

    @property
    def label(self) -> str:
        """The state for the user."""
        return _(self.value)


@dataclass(frozen=True, slots=True)
class PromptArgument:
    """A value that a prompt asks for; outside text, not sanitized."""

    name: str
    description: str = ""
    is_required: bool = False


@dataclass(frozen=True, slots=True)
class ServerPrompt:
    """A prompt that a server offers; outside text, not sanitized."""

    server: str
    name: str
    title: str = ""
    description: str = ""
    arguments: tuple[PromptArgument, ...] = ()


@dataclass(frozen=True, slots=True)
class ServerResource:
    """A resource that a server offers; outside text, not sanitized."""

    server: str
    uri: str
    name: str = ""
    title: str = ""
    description: str = ""
    mime: str = ""
    size: int | None = None
    """In bytes, as the server says."""


@dataclass(frozen=True, slots=True)
class ServerState:
    """A configured server, its state and what it offers."""

    name: str
    """The name in config.toml."""
    status: ServerStatus = ServerStatus.OFF
    tools: tuple[Tool, ...] = ()
    """The offered tools, of the last start; empty before the first one."""
    prompts: tuple[ServerPrompt, ...] = ()
    resources: tuple[ServerResource, ...] = ()
    target: str = ""
    """The command or the address, without secrets; sanitized."""
    trouble: str = ""
    """For the user: why it failed or what it does wrong, then what to do; sanitized."""
    last_line: str = ""
    """The last line of its standard error, sanitized."""
    title: str = ""
    """The name that the server gives itself; outside text, not sanitized."""
    instructions: str = ""
    """Its own advice for the model; outside text, not sanitized and never sent."""
