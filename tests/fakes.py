"""Typed, scripted stand-ins for what a test does not want to start for real."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tui_chat.core.conversation import new_conversation
from tui_chat.core.profile import Profile
from tui_chat.core.stream_events import (
    Finished,
    ModelInfo,
    ReasoningDelta,
    StreamEvent,
    TextDelta,
    Usage,
)
from tui_chat.core.text.redact import Redactor

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from tui_chat.core.conversation import Conversation, Message
    from tui_chat.core.errors import StorageError
    from tui_chat.core.http_exchange import Exchange
    from tui_chat.core.request import CompletionRequest

PROFILE = Profile(name="test", base_url="http://127.0.0.1:9/v1", model="test-model")


class Hold:
    """In a script: wait here until the test says go, or for ever."""

    def __init__(self) -> None:
        self.reached = asyncio.Event()
        self.go = asyncio.Event()


Step = StreamEvent | Hold | Exception


def answer(text: str) -> list[Step]:
    """Return the script of a whole answer."""
    return [TextDelta(text), Finished("stop", Usage(5, 7))]


class FakeProvider:
    """Plays one script per request, in order; the last one is played again and again."""

    def __init__(self, *scripts: list[Step]) -> None:
        self.scripts = list(scripts) or [answer("Hello.")]
        self.requests: list[CompletionRequest] = []
        self.closed = 0
        self.retries_asked = 0
        self.is_closed = False
        self.exchange: Exchange | None = None
        self.mask = Redactor()
        self.refused: frozenset[str] = frozenset()

    async def stream(self, request: CompletionRequest) -> AsyncGenerator[StreamEvent, None]:
        script = self.scripts[min(len(self.requests), len(self.scripts) - 1)]
        self.requests.append(request)
        try:
            for step in script:
                if isinstance(step, Hold):
                    step.reached.set()
                    await step.go.wait()
                elif isinstance(step, Exception):
                    raise step
                else:
                    yield step
                    await asyncio.sleep(0)
        finally:
            self.closed += 1

    def refused_parts(self, model: str) -> frozenset[str]:
        return self.refused

    def retry_now(self) -> None:
        self.retries_asked += 1

    async def models(self) -> list[ModelInfo]:
        return [ModelInfo("test-model"), ModelInfo("other-model")]

    async def aclose(self) -> None:
        self.is_closed = True


class FakeProviders:
    """Gives the same provider for every profile, or the failure to give one."""

    def __init__(self, provider: FakeProvider, failure: Exception | None = None) -> None:
        self.given = provider
        self.forgotten: list[str] = []
        self.failure = failure

    async def provider(self, profile: Profile) -> FakeProvider:
        if self.failure is not None:
            raise self.failure
        return self.given

    async def forget_provider(self, name: str) -> None:
        self.forgotten.append(name)


class RecordingView:
    """Writes down what a session tells its view."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.text = ""
        self.reasoning = ""
        self.events: list[StreamEvent] = []
        self.finished: list[Message] = []
        self.storage_errors: list[StorageError] = []

    async def turn_started(self, question: Message | None, reply: Message) -> None:
        self.calls.append("started")

    def turn_event(self, event: StreamEvent) -> None:
        self.events.append(event)
        if isinstance(event, TextDelta):
            self.text += event.text
        elif isinstance(event, ReasoningDelta):
            self.reasoning += event.text

    async def turn_finished(self, reply: Message) -> None:
        self.calls.append("finished")
        self.finished.append(reply)

    def not_saved(self, error: StorageError) -> None:
        self.storage_errors.append(error)


def conversation() -> Conversation:
    """Return an empty conversation."""
    return new_conversation()
