"""A lane: one of several models that answer the same question at once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tui_chat.session.session import ChatSession
from tui_chat.session.turns.structured_output import SETTING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from tui_chat.core.attachments import Attachment, AttachmentContent
    from tui_chat.core.conversation import Conversation, Message
    from tui_chat.core.profile import Profile
    from tui_chat.core.turn import Turn
    from tui_chat.session.protocols import ProviderSource, TurnStore


@dataclass(frozen=True, slots=True)
class Candidate:
    """A profile and a model that can answer."""

    profile: Profile
    model: str | None
    """None: the profile's default."""

    @property
    def name(self) -> str:
        """The model, else the name of the profile."""
        return self.model or self.profile.model or self.profile.name


class Lane:
    """One model's answer to the question of a comparison.

    Attributes:
        candidate: The profile and the model.
        session: A session with the messages of the conversation and the endpoint of the candidate.
    """

    def __init__(
        self,
        owner: ChatSession,
        question: Message,
        candidate: Candidate,
        *,
        providers: ProviderSource,
        store: TurnStore,
    ) -> None:
        """Create a lane beside the session of a conversation.

        Args:
            owner: The session of the conversation.
            question: The question to answer.
            candidate: The profile and the model.
            providers: Supplies the provider.
            store: Saves the reply.
        """
        self.candidate = candidate
        settings = {**owner.conversation.settings, SETTING: owner.response_format.as_mapping()}
        self.session = ChatSession(
            replace(
                owner.conversation,
                profile=candidate.profile.name,
                model=candidate.model,
                leaf_id=question.id,
                settings=settings,
            ),
            candidate.profile,
            store=store,
            providers=providers,
            nickname=owner.nickname,
            is_temporary=owner.is_temporary,
            structured=owner.structured,
            environment_id=owner.environment_id,
        )
        self.session.context.answer_language = owner.context.answer_language
        self.session.memory.config_file = owner.memory.config_file
        self.session.accounting = owner.accounting
        self.session.parameters.flags = owner.parameters.flags
        self.session.tree = owner.tree
        self.session.failures = owner.failures
        self.session.accounting = owner.accounting
        self._question_id = question.id

    @property
    def reply(self) -> Message | None:
        """The reply with the text received so far; None before it is begun."""
        if (turn := self.session.turn) is not None:
            return turn.snapshot()
        leaf_id = self.session.conversation.leaf_id
        return self.session.tree.get(leaf_id) if leaf_id != self._question_id else None

    @property
    def is_running(self) -> bool:
        """True while the model answers."""
        return self.session.task.is_running


class LaneStore:
    """Saves a lane's reply in the conversation of another session.

    The row of the conversation belongs to that session: what the lane knows of it is not written.
    """

    def __init__(self, owner: ChatSession, question: Message) -> None:
        self._owner = owner
        self._question = question
        self.is_question_saved = question.id in owner.tree

    async def add_turn(
        self, conversation: Conversation, question: Message | None, reply: Message
    ) -> None:
        """Write an empty reply; with the first one also the question, in one transaction."""
        owner = self._owner
        asked = None if self.is_question_saved else self._question
        self.is_question_saved = True
        if owner.conversation.leaf_id == self._question.id:
            owner.show_leaf(reply.id)
        await owner.store.add_turn(owner.conversation, asked, reply)

    async def add_messages(
        self, conversation: Conversation, messages: Sequence[Message], *, sent: str = ""
    ) -> None:
        """Write some messages."""
        await self._owner.store.add_messages(self._owner.conversation, messages, sent=sent)

    async def mark_deleted(
        self, conversation: Conversation, messages: Sequence[Message], at: datetime | None
    ) -> None:
        """Move messages to the trash, or restore them (None)."""
        await self._owner.store.mark_deleted(self._owner.conversation, messages, at)

    async def save_reply(self, reply: Message) -> None:
        """Update the text and status of a stored reply."""
        await self._owner.store.save_reply(reply)

    async def attachment_content(self, attachment: Attachment) -> AttachmentContent | None:
        """Return the bytes and the text of a stored attachment; None if they are lost."""
        return await self._owner.store.attachment_content(attachment)

    async def save_conversation(self, conversation: Conversation) -> None:
        """Write nothing: the model that a lane was answered by is stored with its reply."""

    async def save_draft(
        self, conversation_id: str, draft: str, version: str | None = None
    ) -> None:
        """Write nothing: a lane has no draft."""


def turn_of(session: ChatSession, reply_id: str) -> Turn | None:
    """Return the running turn of a reply, also that of a lane; None if it does not run here."""
    lanes = session.comparison.lanes if session.comparison is not None else ()
    turns = [session.turn, *(lane.session.turn for lane in lanes)]
    return next((it for it in turns if it is not None and it.reply_id == reply_id), None)


def retry_now(session: ChatSession) -> None:
    """Skip the delay before the next retry in a session and in its lanes."""
    lanes = session.comparison.lanes if session.comparison is not None else ()
    for it in (session, *(lane.session for lane in lanes)):
        if it.provider is not None:
            it.provider.retry_now()
