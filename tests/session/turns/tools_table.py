"""A session with one server, and a user who answers its questions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.fakes import FakeProvider, Hold, RecordingView, Step
from tui_chat.core.stream_events import Finished, TextDelta, Usage
from tui_chat.core.tools.events import CallChanged, RequestedCall
from tui_chat.core.tools.questions import (
    CallQuestion,
    Decision,
    ElicitationAction,
    ElicitationAnswer,
    ElicitationQuestion,
    Run,
    SamplingQuestion,
)

if TYPE_CHECKING:
    from tui_chat.core.tools.call import ToolCall
    from tui_chat.session.session import ChatSession
    from tui_chat.session.tools.tool_service import ToolService
    from tui_chat.storage.async_store import AsyncStore

HOST = "tests.tools.scripted_host"


def calling(*calls: tuple[str, str], text: str = "") -> list[Step]:
    """Return the script of a reply that calls tools."""
    requested = tuple(RequestedCall(f"s__{name}", arguments) for name, arguments in calls)
    said: list[Step] = [TextDelta(text)] if text else []
    return [*said, Finished("tool_calls", Usage(1, 2), calls=requested)]


@dataclass
class Answers:
    """The user: answers each question by a function, and writes them down."""

    decision: Callable[[CallQuestion], Decision] = lambda question: Run()
    asked: list[CallQuestion] = field(default_factory=list)
    hold: Hold | None = None
    elicited: list[ElicitationQuestion] = field(default_factory=list)

    async def decide(self, question: CallQuestion) -> Decision:
        self.asked.append(question)
        if self.hold is not None:
            self.hold.reached.set()
            await self.hold.go.wait()
        return self.decision(question)

    async def elicit(self, question: ElicitationQuestion) -> ElicitationAnswer:
        self.elicited.append(question)
        return ElicitationAnswer(ElicitationAction.ACCEPT, {"name": "Ada"})

    async def allow_sampling(self, question: SamplingQuestion) -> bool:
        return False


@dataclass
class Table:
    """A session with one server, and the user."""

    session: ChatSession
    service: ToolService
    provider: FakeProvider
    user: Answers
    store: AsyncStore
    view: RecordingView = field(default_factory=RecordingView)

    async def ask(self, text: str = "Go.") -> Any:
        return await self.session.run_turn(text, self.view)

    def sent(self, request: int = -1) -> list[str]:
        return [
            f"tool {it.content}" if it.answers else f"{it.role.value} {it.content}".strip()
            for it in self.provider.requests[request].messages
            if it.role.value != "system"
        ]

    def states(self, call_id: str | None = None) -> list[str]:
        calls = [it.call for it in self.view.events if isinstance(it, CallChanged)]
        return [it.state.value for it in calls if call_id in (None, it.call_id)]

    async def saved(self) -> tuple[ToolCall, ...]:
        messages = await self.store.messages(self.session.conversation.id)
        return messages[-1].tool_calls


Opener = Callable[..., "Table"]
