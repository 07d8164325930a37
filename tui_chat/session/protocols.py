"""What a session stands on and what it tells: providers, the store, whoever shows a turn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Sequence
    from datetime import datetime

    from tui_chat.core.conversation import Conversation, Message
    from tui_chat.core.errors import StorageError
    from tui_chat.core.http_exchange import Exchange
    from tui_chat.core.profile import Profile, Secret
    from tui_chat.core.request import CompletionRequest
    from tui_chat.core.stream_events import ModelInfo, StreamEvent


class Provider(Protocol):
    """Turns a request into stream events."""

    def stream(self, request: CompletionRequest) -> AsyncGenerator[StreamEvent, None]:
        """Ask once and yield what comes; Finished is the last event of a whole answer.

        Closing the generator closes the connection, so the model stops working.

        Raises:
            ProviderError: No whole answer came; what was yielded before stays true.
        """

    def retry_now(self) -> None:
        """End the pause before the next try, if there is one."""

    @property
    def exchange(self) -> Exchange | None:
        """The latest request, as it went over the wire."""

    @property
    def mask(self) -> Callable[[str], str]:
        """Takes the profile's secrets out of a text."""


class OpenedProvider(Provider, Protocol):
    """A provider that is open until it is closed."""

    async def models(self) -> list[ModelInfo]:
        """Return what the endpoint offers.

        Raises:
            ProviderError: It cannot be asked.
        """

    async def aclose(self) -> None:
        """Close its connections."""


class ProviderOpener(Protocol):
    """Makes providers."""

    async def __call__(self, profile: Profile, key: Secret | None) -> OpenedProvider:
        """Return an open provider for a profile."""


class ProviderSource(Protocol):
    """Finds the provider of a profile."""

    async def provider(self, profile: Profile) -> Provider:
        """Return the provider that asks a profile's endpoint.

        Raises:
            TuiChatError: The key cannot be read, or the embedded model does not run.
        """

    async def forget_provider(self, name: str) -> None:
        """Have the key of a profile read anew at the next question."""


class ModelInfoSource(Protocol):
    """Knows what a profile's endpoint offers."""

    async def models(self, profile: Profile) -> list[ModelInfo]:
        """Return the models an endpoint offers.

        Raises:
            TuiChatError: It cannot be asked.
        """


class TurnStore(Protocol):
    """Saves turns."""

    async def add_turn(
        self, conversation: Conversation, question: Message | None, reply: Message
    ) -> None:
        """Write the conversation, the question (None: it is there already) and the reply's row."""

    async def add_messages(
        self, conversation: Conversation, messages: Sequence[Message], *, sent: str = ""
    ) -> None:
        """Write the conversation and any of its messages; `sent` names one that was the draft."""

    async def mark_deleted(
        self, conversation: Conversation, messages: Sequence[Message], at: datetime | None
    ) -> None:
        """Put messages into the trash, or (None) take them out of it."""

    async def save_reply(self, reply: Message) -> None:
        """Write a reply's text and status over the row made when its turn began."""

    async def save_conversation(self, conversation: Conversation) -> None:
        """Write what is known of a conversation beside its messages."""

    async def save_draft(
        self, conversation_id: str, draft: str, version: str | None = None
    ) -> None:
        """Write what stands in the prompt and is not sent yet, unless a newer version is there."""


class TurnView(Protocol):
    """Whatever shows a turn: the screen, standard output, or a recorder in a test."""

    async def turn_started(self, question: Message | None, reply: Message) -> None:
        """Show a question (None: it is shown already) and its reply, still empty."""

    def turn_event(self, event: StreamEvent) -> None:
        """Show what came; called for every delta, so it must be quick."""

    async def turn_finished(self, reply: Message) -> None:
        """Show how the reply ended."""

    def not_saved(self, error: StorageError) -> None:
        """Tell that the conversation goes on in memory only."""
