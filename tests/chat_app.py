"""Drives the real app through Textual's Pilot, with a scripted provider behind real storage."""

from __future__ import annotations

import asyncio
import os
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from tests.fakes import PROFILE, FakeProvider
from tests.ui.bare import strips_of
from tui_chat.config.paths import find_paths
from tui_chat.session.launch import Launch
from tui_chat.session.services import Services
from tui_chat.ui.app import ChatApp
from tui_chat.ui.chat.screen import ChatScreen
from tui_chat.ui.chat.status_line import StatusLine
from tui_chat.ui.messages.message_list import MessageList
from tui_chat.ui.prompt.prompt_input import PromptInput

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from textual.pilot import Pilot

    from tui_chat.core.conversation import Message
    from tui_chat.core.profile import Profile, Secret

PATIENCE_S = 60.0


class ChatHarness:
    """Test harness of a running chat: keys in, screen and rows out."""

    def __init__(self, app: ChatApp, pilot: Pilot[None]) -> None:
        self.app = app
        self.pilot = pilot

    @property
    def services(self) -> Services:
        services = self.chat.services
        assert services is not None
        return services

    @property
    def chat(self) -> ChatScreen:
        screen = self.app.screen_stack[0]
        assert isinstance(screen, ChatScreen)
        return screen

    @property
    def prompt(self) -> PromptInput:
        return self.chat.query_one(PromptInput)

    @property
    def messages(self) -> MessageList:
        return self.chat.query_one(MessageList)

    @property
    def status(self) -> str:
        line = self.chat.query_one(StatusLine)
        return f"{line.left}  {line.right}"

    @property
    def screen_text(self) -> str:
        if self.app._batch_count:
            # Nothing is drawn while messages are exchanged for others.
            return ""
        strips = strips_of(self.app.screen)
        return "\n".join(strip.text for strip in strips)

    async def until(self, condition: Callable[[], Any]) -> None:
        """Let the app work until something is true."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not condition():
                    await self.pilot.pause(0.01)
        except TimeoutError:
            raise AssertionError(f"It never came true; the screen:\n{self.screen_text}") from None

    async def seen(self, text: str) -> None:
        """Wait until a text is on the screen."""
        await self.until(lambda: text in self.screen_text)

    async def idle(self) -> None:
        """Wait until no turn runs."""
        await self.until(lambda: self.chat.session is not None and not self.chat.is_busy)

    async def submit(self, text: str) -> None:
        """Write a question and send it."""
        self.prompt.set_draft(text)
        await self.pilot.press("enter")

    async def stored(self) -> list[Message]:
        """Return the messages of the open conversation as they are saved, oldest first."""
        session = self.chat.session
        assert session is not None
        messages = await self.services.store.messages(session.conversation.id)
        return sorted(messages, key=lambda message: message.id)

    async def rows(self) -> list[tuple[str, str, str]]:
        """Return role, text and status of what is saved."""
        return [(m.role.value, m.content, m.status.value) for m in await self.stored()]


def launch(*, is_temporary: bool = False, **flags: str) -> Launch:
    """Return what the program knows at its start in the test's own home."""
    environment = dict(os.environ)
    return Launch(
        paths=find_paths(environment),
        env=environment,
        flags=flags or {"base_url": PROFILE.base_url, "model": "test-model"},
        is_temporary=is_temporary,
        # The servers of the developer's machine are none of a test's business.
        local_servers=(),
    )


@asynccontextmanager
async def running_chat(
    provider: FakeProvider | None = None,
    *,
    size: tuple[int, int] = (80, 24),
    given: Launch | None = None,
) -> AsyncIterator[ChatHarness]:
    """Run the app; everything is open when the block begins, and closed and saved after it."""

    async def opener(profile: Profile, key: Secret | None) -> FakeProvider:
        return provider or FakeProvider()

    async def open_services(launch: Launch, progress: Callable[[str], None]) -> Services:
        services = Services(launch, opener=opener, progress=progress)
        await services.open()
        return services

    app = ChatApp(given or launch(), open_services)
    try:
        async with app.run_test(size=size, notifications=True) as pilot:
            harness = ChatHarness(app, pilot)
            await harness.until(lambda: harness.chat.is_open)
            yield harness
            if app.is_running:
                await harness.chat.close_down()
    finally:
        await app.close_services()
