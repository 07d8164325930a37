"""A scripted server in a thread of its own, for tests that run no loop."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Self, TypeVar

from tests.sse_server import Answer, Received, SseServer

if TYPE_CHECKING:
    from collections.abc import Coroutine

T = TypeVar("T")
PATIENCE_S = 60.0


class Serving:
    """Serves answers as SseServer does, from entering the block to leaving it."""

    def __init__(self, *answers: Answer, models: Answer | None = None) -> None:
        self._answers = answers
        self._models = models
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="server")
        self.server: SseServer

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(PATIENCE_S)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(PATIENCE_S)

    @property
    def base_url(self) -> str:
        return self.server.base_url

    @property
    def requests(self) -> list[Received]:
        """The questions so far."""
        return self.server.requests

    @property
    def questions(self) -> list[str]:
        """The last message of each request so far."""
        return [_messages(request)[-1]["content"] for request in self.server.requests]

    def env(self) -> dict[str, str]:
        """Return the environment that leads to it."""
        return {"OPENAI_BASE_URL": self.base_url, "OPENAI_MODEL": "test-model"}

    def asked(self, count: int = 1) -> Received:
        """Wait until that many questions have come; return the latest."""
        return self._wait(self.server.asked(count, PATIENCE_S))

    def saw_close(self, request: Received) -> None:
        """Wait until the client closes the connection of a request."""
        self._wait(request.saw_close(PATIENCE_S))

    def _wait(self, work: Coroutine[object, object, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE_S)

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        async with SseServer(*self._answers, models=self._models) as self.server:
            self._ready.set()
            await self._stop.wait()


def _messages(request: Received) -> list[dict[str, str]]:
    messages = request.json["messages"]
    assert isinstance(messages, list)
    return messages
