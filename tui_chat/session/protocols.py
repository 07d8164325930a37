"""Interfaces between a session and its surroundings: providers, store and view."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Sequence
    from datetime import datetime

    from tui_chat.core.attachments import Attachment, AttachmentContent
    from tui_chat.core.conversation import Conversation, Message
    from tui_chat.core.errors import StorageError
    from tui_chat.core.http_exchange import Exchange
    from tui_chat.core.profile import Profile, Secret
    from tui_chat.core.request import CompletionRequest
    from tui_chat.core.stream_events import ModelInfo, StreamEvent


class Provider(Protocol):
    """Sends requests to an endpoint and yields stream events."""

    def stream(self, request: CompletionRequest) -> AsyncGenerator[StreamEvent, None]:
        """Send a request and yield its events; Finished is the last event of a complete reply.

        Closing the generator closes the connection, so the model stops.

        Raises:
            ProviderError: The reply did not complete; the events yielded before remain valid.
        """

    def retry_now(self) -> None:
        """Skip the delay before the next retry, if there is one."""

    def refused_parts(self, model: str) -> frozenset[str]:
        """Return the types of message parts that a model is known not to accept."""

    @property
    def exchange(self) -> Exchange | None:
        """The latest request and its response, as sent and received."""

    @property
    def mask(self) -> Callable[[str], str]:
        """Redacts the profile's secrets in a text."""


class OpenedProvider(Provider, Protocol):
    """A provider with connections to close."""

    async def models(self) -> list[ModelInfo]:
        """Return the models of the endpoint.

        Raises:
            ProviderError: The list cannot be read.
        """

    async def aclose(self) -> None:
        """Close its connections."""


class ProviderOpener(Protocol):
    """Creates providers."""

    async def __call__(self, profile: Profile, key: Secret | None) -> OpenedProvider:
        """Return an open provider for a profile."""


class ProviderSource(Protocol):
    """Supplies the provider of a profile."""

    async def provider(self, profile: Profile) -> Provider:
        """Return the provider of a profile.

        Raises:
            TuiChatError: The key cannot be read, or the embedded model does not run.
        """

    async def forget_provider(self, name: str) -> None:
        """Read the key of a profile again for the next request."""


class ModelInfoSource(Protocol):
    """Lists the models of endpoints."""

    async def models(self, profile: Profile) -> list[ModelInfo]:
        """Return the models of an endpoint.

        Raises:
            TuiChatError: The list cannot be read.
        """


class TurnStore(Protocol):
    """Saves turns."""

    async def add_turn(
        self, conversation: Conversation, question: Message | None, reply: Message
    ) -> None:
        """Write a conversation, a question (None if it is stored already) and its empty reply."""

    async def add_messages(
        self, conversation: Conversation, messages: Sequence[Message], *, sent: str = ""
    ) -> None:
        """Write a conversation and some of its messages; `sent` is the id of the former draft."""

    async def mark_deleted(
        self, conversation: Conversation, messages: Sequence[Message], at: datetime | None
    ) -> None:
        """Move messages to the trash, or restore them (None)."""

    async def save_reply(self, reply: Message) -> None:
        """Update the text and status of a stored reply."""

    async def attachment_content(self, attachment: Attachment) -> AttachmentContent | None:
        """Return the bytes and the text of a stored attachment; None if they are lost."""

    async def save_conversation(self, conversation: Conversation) -> None:
        """Write a conversation without its messages."""

    async def save_draft(
        self, conversation_id: str, draft: str, version: str | None = None
    ) -> None:
        """Write the draft of a conversation, unless a newer version is stored."""


class TurnView(Protocol):
    """Shows a turn: on the screen or on standard output."""

    async def turn_started(self, question: Message | None, reply: Message) -> None:
        """Show a question (None if it is shown already) and its empty reply."""

    def turn_event(self, event: StreamEvent) -> None:
        """Show an event; called for every delta, so it must be fast."""

    async def turn_finished(self, reply: Message) -> None:
        """Show the finished reply."""

    def not_saved(self, error: StorageError) -> None:
        """Report that the conversation is in memory only for now."""
