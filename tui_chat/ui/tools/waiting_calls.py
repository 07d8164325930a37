"""The questions about tools that wait for the user."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, TypeVar

from tui_chat.core.tools.questions import (
    Decision,
    ElicitationAnswer,
    ElicitationQuestion,
    SamplingQuestion,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from tui_chat.core.tools.questions import CallQuestion

AnswerT = TypeVar("AnswerT")


@dataclass
class WaitingCall:
    """A call that waits for a decision."""

    question: CallQuestion
    arguments: str
    """JSON text of the arguments that would be run."""
    answer: asyncio.Future[Decision]

    @property
    def is_edited(self) -> bool:
        """True if the user changed the arguments."""
        return self.arguments != self.question.call.arguments

    def decide(self, decision: Decision) -> None:
        """Give the answer, unless there is one."""
        if not self.answer.done():
            self.answer.set_result(decision)


@dataclass
class WaitingRequest:
    """A question of a server, asked while one of its calls runs."""

    question: ElicitationQuestion | SamplingQuestion
    answer: asyncio.Future[ElicitationAnswer | bool]

    def decide(self, answer: ElicitationAnswer | bool) -> None:
        """Give the answer, unless there is one."""
        if not self.answer.done():
            self.answer.set_result(answer)


class WaitingCalls:
    """Keeps each question until the user answers it. It implements `ToolQuestions`.

    Attributes:
        clock: The seconds of a monotonic clock, for the delay before an approval.
        on_change: Called with the ids of a message and a call whose question came or went.
        on_asked: Called with the id of a conversation that asks something.
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self.clock = clock
        self.on_change: Callable[[str, str], None] = lambda message_id, call_id: None
        self.on_asked: Callable[[str], None] = lambda conversation_id: None
        self._calls: dict[tuple[str, str], WaitingCall] = {}
        self._requests: dict[str, list[WaitingRequest]] = {}

    def call(self, message_id: str, call_id: str) -> WaitingCall | None:
        """Return the question about a call; None if it does not wait."""
        return self._calls.get((message_id, call_id))

    def request(self, call_id: str) -> WaitingRequest | None:
        """Return the first question that a server asks during a call."""
        waiting = self._requests.get(call_id)
        return waiting[0] if waiting else None

    def asking_server(self, message_id: str) -> str:
        """Return the first server that asks something during a call of a message."""
        waiting = (it.question for known in self._requests.values() for it in known)
        return next((it.server for it in waiting if it.message_id == message_id), "")

    async def decide(self, question: CallQuestion) -> Decision:
        """Wait for the decision about a call."""
        call = question.call
        key = question.message_id, call.call_id
        answer: asyncio.Future[Decision] = asyncio.get_running_loop().create_future()
        self._calls[key] = WaitingCall(question, call.arguments, answer)
        self.on_change(*key)
        self.on_asked(question.conversation_id)
        try:
            return await answer
        finally:
            del self._calls[key]
            self.on_change(*key)

    async def elicit(self, question: ElicitationQuestion) -> ElicitationAnswer:
        """Wait for the values that a server asks for; refuse if it runs no call."""
        answer = await self._ask(question) if question.call_id else None
        return answer if isinstance(answer, ElicitationAnswer) else ElicitationAnswer()

    async def allow_sampling(self, question: SamplingQuestion) -> bool:
        """Wait for the permission to let the model answer a server."""
        return question.call_id != "" and await self._ask(question) is True

    async def _ask(
        self, question: ElicitationQuestion | SamplingQuestion
    ) -> ElicitationAnswer | bool:
        waiting = self._requests.setdefault(question.call_id, [])
        answer: asyncio.Future[ElicitationAnswer | bool]
        answer = asyncio.get_running_loop().create_future()
        request = WaitingRequest(question, answer)
        waiting.append(request)
        self.on_change(question.message_id, question.call_id)
        self.on_asked(question.conversation_id)
        try:
            return await answer
        finally:
            waiting.remove(request)
            self.on_change(question.message_id, question.call_id)
