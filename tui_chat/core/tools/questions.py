"""Questions to the user about tools. Without a user interface everything is refused."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tui_chat.core.tools.call import Approver, ToolCall
    from tui_chat.core.tools.tool import Tool


@dataclass(frozen=True, slots=True)
class CallQuestion:
    """A call that waits for a decision."""

    conversation_id: str
    message_id: str
    """The reply that contains the call."""
    call: ToolCall
    tool: Tool
    """The tool as its server describes it now."""
    has_changed: bool = False
    """True if the user allowed the tool earlier, and its description changed since."""


@dataclass(frozen=True, slots=True)
class Run:
    """The call may run."""

    is_always: bool = False
    """True to allow the tool for the rest of the conversation, as long as its description and
    schema stay the same."""
    arguments: str | None = None
    """Edited arguments, as JSON text; None for those of the model."""
    approver: Approver | None = None
    """None for the user."""


@dataclass(frozen=True, slots=True)
class Refuse:
    """The call does not run; the model learns it as the result, and goes on."""

    reason: str = ""
    """The user's words, sent to the model."""


Decision = Run | Refuse
"""The user's answer. Stopping everything is not among them: it cancels the turn, as always."""


@dataclass(frozen=True, slots=True)
class ElicitationQuestion:
    """A server asks the user for values."""

    server: str
    message: str
    """Outside text, not sanitized."""
    schema: Mapping[str, Any] = field(default_factory=dict)
    """A flat JSON Schema: an object of strings, numbers, booleans and choices."""
    url: str = ""
    """An address that the server asks the user to open; empty for a form."""
    conversation_id: str = ""
    message_id: str = ""
    """The reply with the call during which the server asks; empty if none runs."""
    call_id: str = ""


class ElicitationAction(StrEnum):
    """The answer to an elicitation; the values are those of the protocol."""

    ACCEPT = "accept"
    DECLINE = "decline"
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True)
class ElicitationAnswer:
    """The user's answer to an elicitation."""

    action: ElicitationAction = ElicitationAction.DECLINE
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SamplingQuestion:
    """A server asks for a completion; only asked with `sampling = "ask"`."""

    server: str
    system_prompt: str
    messages: tuple[tuple[str, str], ...]
    """Role and text of each message; outside text, not sanitized."""
    max_tokens: int | None = None
    conversation_id: str = ""
    message_id: str = ""
    """The reply with the call during which the server asks; empty if none runs."""
    call_id: str = ""


class ToolQuestions(Protocol):
    """Asks the user about tools. Each method waits as long as the user takes.

    They are cancelled when the turn is stopped or the call ends: a question that is cancelled
    disappears from the screen. Several questions may wait at once.
    """

    async def decide(self, question: CallQuestion) -> Decision:
        """Return the decision about a call."""

    async def elicit(self, question: ElicitationQuestion) -> ElicitationAnswer:
        """Return the user's answer to a server's question."""

    async def allow_sampling(self, question: SamplingQuestion) -> bool:
        """Return whether the model may answer a server's request."""
