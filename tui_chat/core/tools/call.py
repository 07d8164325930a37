"""Tool calls: proposed by the model, decided by the user, run by a server, kept in the reply."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from tui_chat.core.labels import N_, _
from tui_chat.core.tools.tool import ToolKey

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from tui_chat.core.conversation import Message


class CallState(StrEnum):
    """The state of a call. The values are stored."""

    PROPOSED = "proposed"
    """Waits for the user's decision."""
    APPROVED = "approved"
    """Allowed, not running yet: its server starts."""
    REFUSED = "refused"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    """The tool reported an error, or it could not be run; `note` says why."""
    CANCELLED = "cancelled"
    """Stopped by the user, before or while it ran."""
    INTERRUPTED = "interrupted"
    """It was running when the program died. Never run again by itself."""

    @property
    def is_final(self) -> bool:
        """True if nothing more happens to the call."""
        return self not in _OPEN

    @property
    def label(self) -> str:
        """The state for the user, such as "waits for your decision"."""
        return _(_LABELS[self])


_OPEN: Final = {CallState.PROPOSED, CallState.APPROVED, CallState.RUNNING}
_LABELS: Final = {
    CallState.PROPOSED: N_("waits for your decision"),
    CallState.APPROVED: N_("starting"),
    CallState.REFUSED: N_("refused"),
    CallState.RUNNING: N_("running"),
    CallState.DONE: N_("done"),
    CallState.FAILED: N_("failed"),
    CallState.CANCELLED: N_("stopped by you"),
    CallState.INTERRUPTED: N_("interrupted"),
}


class Approver(StrEnum):
    """The origin of the decision about a call. The values are stored."""

    USER = "user"
    """This call alone."""
    CONVERSATION = "conversation"
    """The user allowed the tool for the conversation earlier."""
    COMMAND_LINE = "command_line"
    """`tui-chat ask --approve`."""


class ResultKind(StrEnum):
    """The kind of a part of a result. The values are stored."""

    TEXT = "text"
    PICTURE = "picture"
    SOUND = "sound"
    RESOURCE = "resource"
    """A file or text of the server, with its address."""
    LINK = "link"
    """The address of a resource that the server did not send."""
    STRUCTURED = "structured"
    """JSON text of the structured result."""


@dataclass(frozen=True, slots=True)
class ResultPart:
    """A part of the result of a call, as the server sent it: outside text, not sanitized."""

    kind: ResultKind
    text: str = ""
    data: bytes = field(default=b"", repr=False)
    """The bytes of a picture, a sound or a binary resource."""
    mime: str = ""
    uri: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call in a reply. Frozen: a change of its state is a new object with the same call_id."""

    call_id: str
    """Unique within the reply. The endpoint's id; made here if that is missing or repeated."""
    sent_name: str
    """The name as the model wrote it."""
    arguments: str
    """JSON text: the arguments that are run. Not sanitized."""
    server: str = ""
    """The name of the server in config.toml; empty if no offered tool has the name."""
    name: str = ""
    """The server's name of the tool; empty if no offered tool has the name."""
    state: CallState = CallState.PROPOSED
    round: int = 1
    """Calls of one round were made together; the model answered their results in the next."""
    text_end: int = 0
    """The length of the reply's text when the call was made: the block belongs after it."""
    reasoning_end: int = 0
    """The length of the reply's reasoning at the same moment."""
    edited_from: str | None = None
    """The arguments as the model wrote them, if the user edited them."""
    fingerprint: str = ""
    """The fingerprint of the tool as it was offered."""
    approved_by: Approver | None = None
    note: str = ""
    """For the user: the reason of a refusal, a failure or an interruption."""
    result: tuple[ResultPart, ...] = ()
    is_error: bool = False
    """True if the tool ran and reported an error; its words are in the result."""
    is_truncated: bool = False
    """True if the server sent more than the size limit; the rest was dropped."""
    proposed_at: datetime | None = None
    decided_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None

    @property
    def key(self) -> ToolKey:
        """Server and name of the tool."""
        return ToolKey(self.server, self.name)

    @property
    def label(self) -> str:
        """The name of the tool for the user; outside text, not sanitized."""
        return self.name or self.sent_name

    @property
    def result_text(self) -> str:
        """The text of the result; parts without text are left out."""
        return "\n".join(part.text for part in self.result if part.text)

    def interrupted(self) -> ToolCall:
        """Return the call as it is after a crash; a final one is unchanged."""
        if self.state.is_final:
            return self
        was_started = self.state is CallState.RUNNING
        return replace(self, state=CallState.INTERRUPTED if was_started else CallState.CANCELLED)


def is_object(arguments: str) -> bool:
    """Return whether arguments are the JSON text of an object."""
    try:
        return isinstance(json.loads(arguments), dict)
    except (ValueError, RecursionError):
        return False


def put_call(calls: Iterable[ToolCall], changed: ToolCall) -> tuple[ToolCall, ...]:
    """Return calls with a new state of one of them, or with a new one at the end."""
    calls = tuple(calls)
    if any(it.call_id == changed.call_id for it in calls):
        return tuple(changed if it.call_id == changed.call_id else it for it in calls)
    return (*calls, changed)


def ends_with_call(reply: Message) -> bool:
    """Return whether no text of a reply follows its last call."""
    calls = reply.tool_calls
    return bool(calls) and not reply.content[calls[-1].text_end :].strip()


def open_calls(calls: Iterable[ToolCall]) -> list[ToolCall]:
    """Return the calls that wait or run."""
    return [it for it in calls if not it.state.is_final]
