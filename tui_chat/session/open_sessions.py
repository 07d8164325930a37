"""Open conversations: the registry of their sessions, and the ways to open one."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from tui_chat.core.conversation import Conversation, Message, as_chat, new_conversation
from tui_chat.core.errors import StorageError
from tui_chat.core.labels import _
from tui_chat.core.message_tree import with_existing_leaf
from tui_chat.core.parameters.parameters import Parameters, with_parameters
from tui_chat.session.session import ChatSession
from tui_chat.session.turns.structured_output import SETTING
from tui_chat.session.turns.turn_task import is_ending
from tui_chat.storage.async_store import AsyncStore

if TYPE_CHECKING:
    from tui_chat.core.profile import Profile
    from tui_chat.session.services import Services

log = logging.getLogger(__name__)


class OpenSessions:
    """Opens conversations and owns their sessions: one session per open conversation.

    `ChatSession.is_busy` says whether a turn runs in a conversation; no other object keeps that.

    Attributes:
        left_with: Profile and host of the last conversation if `last()` began a new one because
            the last one stays with another endpoint; else empty.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        self._sessions: dict[str, ChatSession] = {}
        self._temporary_stores: dict[str, AsyncStore] = {}
        self.left_with = ""
        self._flags = services.launch.parameters

    def get(self, conversation_id: str) -> ChatSession | None:
        """Return the session of a conversation; None if the conversation is not open."""
        return self._sessions.get(conversation_id)

    @property
    def embedded(self) -> list[ChatSession]:
        """The sessions that the embedded model answers."""
        return [session for session in self._sessions.values() if session.profile.is_embedded]

    @property
    def busy(self) -> list[ChatSession]:
        """The sessions in which a turn runs, on the screen or in the background."""
        return [session for session in self._sessions.values() if session.is_busy]

    @property
    def asking(self) -> list[ChatSession]:
        """The busy sessions that a shutdown would interrupt: their replies are still arriving."""
        return [session for session in self.busy if not is_ending(session)]

    def set_answer_language(self, language: str) -> None:
        """Use another language from the next question on."""
        for session in self._sessions.values():
            session.context.answer_language = language

    async def close(self, session: ChatSession) -> None:
        """Close a conversation that is no longer shown.

        Its draft is released, so that any window can open it next. A temporary conversation is
        dropped with all its messages.
        """
        self._sessions.pop(session.conversation.id, None)
        await self._drop_temporary(session.conversation.id)
        if session.is_temporary or not session.conversation.draft:
            return
        try:
            await self._services.store.release_draft(session.conversation.id)
        except StorageError as error:
            log.warning("this process still owns the draft: %s", error)

    async def keep(self, session: ChatSession) -> None:
        """Save a temporary conversation from now on.

        Raises:
            StorageError: It is not saved, and stays temporary.
        """
        await session.keep(self._services.write_buffer)
        await self._drop_temporary(session.conversation.id)

    async def aclose(self) -> None:
        """Drop all temporary conversations."""
        for conversation_id in list(self._temporary_stores):
            await self._drop_temporary(conversation_id)

    async def first(self) -> ChatSession | None:
        """Open the conversation that the program starts with: usually the last one.

        A question or a response format on the command line starts a new conversation.

        Returns:
            None if there is no endpoint to ask.
        """
        launch = self._services.launch
        if launch.conversation_id:
            return await self.saved(launch.conversation_id)
        if launch.is_new or launch.question or launch.response_format is not None:
            return self.new()
        return await self.last()

    async def last(self) -> ChatSession | None:
        """Open the conversation that was used last, or a new one if there is none.

        A database that turns out to be damaged is set aside; a new conversation begins in a fresh
        one.

        Returns:
            None if there is no endpoint to ask.
        """
        services = self._services
        try:
            return await self._last()
        except StorageError as error:
            log.error("the last conversation cannot be read: %s", error)
        # The file is marked as suspect now: reopening checks it as a whole.
        await services.saved.reopen()
        try:
            return await self._last()
        except StorageError as error:
            services.notices.append(error.message)
            return self.new()

    def new(self) -> ChatSession | None:
        """Begin a new conversation; return None if there is no endpoint to ask."""
        return self.create(self._new_conversation(), [])

    def new_at(self, profile: Profile) -> ChatSession | None:
        """Begin a new conversation with a profile."""
        return self.create(replace(self._new_conversation(), profile=profile.name), [])

    async def temporary(self) -> ChatSession | None:
        """Begin a new conversation that is never written to the disk.

        Returns:
            None if there is no endpoint to ask.
        """
        if self._services.launch.is_temporary:
            return self.new()
        conversation = self._new_conversation()
        store = self._temporary_stores[conversation.id] = await AsyncStore.open(None)
        return self.create(conversation, [], temporary_in=store)

    async def saved(self, conversation_id: str, *, claims_draft: bool = True) -> ChatSession | None:
        """Open a saved conversation by its id.

        Args:
            conversation_id: The id.
            claims_draft: Whether its draft is moved to this process.

        Returns:
            None if there is no endpoint to ask.

        Raises:
            StorageError: It does not exist, or cannot be read.
        """
        conversation = await self._services.store.conversation(conversation_id)
        if conversation is None:
            text = _("The conversation {id} does not exist.")
            raise StorageError(text.format(id=conversation_id))
        return await self.open(conversation, claims_draft=claims_draft)

    async def open(
        self, conversation: Conversation, *, claims_draft: bool = True
    ) -> ChatSession | None:
        """Return the session of a saved conversation, opened if it is not open yet.

        Args:
            conversation: The conversation.
            claims_draft: Whether its draft is moved to this process.

        Returns:
            None if there is no endpoint to ask.

        Raises:
            StorageError: The messages cannot be read.
        """
        if (session := self.get(conversation.id)) is not None:
            return session
        # Deleted messages too: they can be restored.
        messages = await self._services.store.messages(conversation.id, with_deleted=True)
        # Saved with the next change: a single question of `ask` becomes a chat.
        conversation = as_chat(with_existing_leaf(conversation, messages))
        if claims_draft:
            conversation = await self._with_draft(conversation)
        return self.create(conversation, messages)

    def create(
        self,
        conversation: Conversation,
        messages: list[Message],
        *,
        temporary_in: AsyncStore | None = None,
    ) -> ChatSession | None:
        """Open a conversation whose messages are known.

        Args:
            conversation: A new conversation, or a saved one.
            messages: All of its messages.
            temporary_in: The store in memory of a temporary conversation.

        Returns:
            None if there is no endpoint to ask.
        """
        services, endpoints = self._services, self._services.endpoints
        profile = endpoints.profile_of(conversation, messages)
        if profile is None:
            return None
        session = self._sessions[conversation.id] = ChatSession(
            endpoints.with_model(conversation, messages, profile),
            profile,
            store=temporary_in or services.write_buffer,
            providers=services,
            messages=messages,
            nickname=services.launch.settings.nickname,
            is_temporary=services.launch.is_temporary or temporary_in is not None,
            is_lost_when_left=temporary_in is not None,
            structured=services.structured,
            environment_id=endpoints.environment_id,
            tools=services.tools,
        )
        if not session.is_temporary:
            session.memory.config_file = services.launch.paths.config_file
        session.context.answer_language = services.launch.settings.answer_language
        session.accounting = services.accounting
        # Conversations that are opened later have what the user chose in them.
        session.parameters.flags, self._flags = self._flags, Parameters()
        return session

    async def _last(self) -> ChatSession | None:
        services, conversation = self._services, None
        if not services.launch.is_temporary:
            conversation = await services.store.latest_conversation()
        if conversation is None:
            return self.new()
        session = await self.open(conversation)
        if session is not None and services.endpoints.asks_elsewhere(session):
            self.left_with = session.consent.stays_with or conversation.profile or ""
            await self.close(session)
            return self.new()
        return session

    def _new_conversation(self) -> Conversation:
        launch = self._services.launch
        wanted = launch.response_format
        settings = {} if wanted is None else {SETTING: wanted.as_mapping()}
        conversation = with_parameters(new_conversation(), launch.parameters)
        return replace(conversation, settings={**conversation.settings, **settings})

    async def _with_draft(self, conversation: Conversation) -> Conversation:
        """Return a conversation with its draft, which this process owns from now on."""
        try:
            draft = await self._services.store.claim_draft(conversation.id)
        except StorageError as error:
            # A draft in two windows is better than a draft in none.
            log.warning("the draft could not be claimed: %s", error)
            return conversation
        return replace(conversation, draft=draft)

    async def _drop_temporary(self, conversation_id: str) -> None:
        store = self._temporary_stores.pop(conversation_id, None)
        if store is not None:
            await store.aclose()
