"""Stream events about tool calls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui_chat.core.tools.call import ToolCall


@dataclass(frozen=True, slots=True)
class RequestedCall:
    """A call as the endpoint sent it, assembled from all its pieces."""

    name: str
    arguments: str
    """JSON text, as received."""
    call_id: str = ""
    """Empty if the endpoint sent none."""
    from_text: bool = False
    """True if the model wrote the call into its text instead of calling the tool."""


@dataclass(frozen=True, slots=True)
class CallWriting:
    """The model writes a call. From the provider; not saved."""

    name: str
    """Empty as long as it has not arrived."""
    characters: int
    """The length of the arguments so far."""


@dataclass(frozen=True, slots=True)
class CallChanged:
    """A call was proposed, or its state changed. From the session; saved with the reply."""

    call: ToolCall


@dataclass(frozen=True, slots=True)
class CallProgress:
    """A running tool reports progress. From the session; not saved."""

    call_id: str
    progress: float | None = None
    total: float | None = None
    message: str = ""
    """Outside text, not sanitized."""


@dataclass(frozen=True, slots=True)
class ServerTrouble:
    """A server of a running call started again, or reports trouble. From the session."""

    server: str
    message: str
    """For the user: what happened, then what to do. Sanitized."""


@dataclass(frozen=True, slots=True)
class RoundStarted:
    """The results were sent to the model, which answers them. From the session."""

    round: int
    limit: int
    """The most rounds of a turn."""


ToolEvent = CallWriting | CallChanged | CallProgress | ServerTrouble | RoundStarted
