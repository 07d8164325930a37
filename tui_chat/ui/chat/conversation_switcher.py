"""Which conversation is open, and how another one comes onto the screen."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tui_chat.session.library import ConversationLibrary
from tui_chat.ui.chat.status_line import HoldsWhile
from tui_chat.ui.common.key_names import key_of
from tui_chat.ui.conversations.leave_guard import LeaveGuard
from tui_chat.ui.labels import (
    EDIT_WORDS,
    endpoint_words,
    left_words,
    ready_words,
    title_words,
)

if TYPE_CHECKING:
    from tui_chat.core.conversation import Conversation, Message
    from tui_chat.session.services import Services
    from tui_chat.session.session import ChatSession
    from tui_chat.ui.chat.status_line import StatusLine
    from tui_chat.ui.common.chat_host import ChatHost
    from tui_chat.ui.messages.message_list import MessageList
    from tui_chat.ui.prompt.draft_saver import DraftSaver
    from tui_chat.ui.prompt.prompt_input import PromptInput


class ConversationSwitcher:
    """Opens conversations and owns the choice of the open one.

    Attributes:
        session: The session of the open conversation; None if there is no endpoint to ask. Other
            controllers read it from their host.
        drafts: Saves the draft of the open conversation.
        library: Renames, pins, deletes and restores conversations.
    """

    def __init__(
        self,
        host: ChatHost,
        services: Services,
        *,
        drafts: DraftSaver,
        messages: MessageList,
        prompt: PromptInput,
        status: StatusLine,
    ) -> None:
        self.drafts = drafts
        self.session: ChatSession | None = None
        self.library = ConversationLibrary(lambda: services.store, services.sessions.get)
        self._host = host
        self._services = services
        self._messages = messages
        self._prompt = prompt
        self._status = status
        self._leaving = LeaveGuard(self._say)
        self._fresh: ChatSession | None = None

    def headline(self, session: ChatSession) -> tuple[str, str]:
        """Return what stands at the left and the right of the first line."""
        unsaved = "temporary, not saved" if session.is_temporary else self._services.unsaved_label
        return (
            title_words(session.conversation, unsaved),
            endpoint_words(
                _model_of(session),
                session.profile,
                session.response_format,
                is_for_one=session.next_format is not None,
            ),
        )

    async def show_last(self) -> None:
        """Go on where the person stopped, unless flags ask for something new."""
        session = await self._services.sessions.first()
        self._prompt.remember(await self._services.prompt_history())
        await self._show(session)
        if self._services.sessions.left_with and session is not None:
            name, key = self._services.sessions.left_with, key_of(self._messages.app, "chat.open")
            self._status.show_idle(left_words(name, key))

    async def show_new(self) -> None:
        """Begin a new conversation; the open one is saved already.

        Asked for again while it is still empty, it becomes a temporary one, and back.
        """
        session = self.session
        is_fresh = session is not None and session is self._fresh
        if is_fresh and session is not None and not session.path and not self._prompt.draft.strip():
            await self.show_new_as(is_temporary=not session.is_temporary)
        else:
            await self.show_new_as(is_temporary=False)

    async def show_new_as(self, *, is_temporary: bool) -> None:
        """Begin a new conversation that is saved, or one that never is."""
        if not self.may_leave():
            return
        if is_temporary:
            session = await self._services.sessions.temporary()
        else:
            session = self._services.sessions.new()
        await self.open(session)
        self._fresh = session
        if session is not None and not self._services.launch.is_temporary:
            kind = "temporary: nothing of it is saved" if session.is_temporary else "new"
            other = "saved as usual" if session.is_temporary else "a temporary one"
            words = f"{kind} · the same key again: {other}"
            self._status.show_idle(words, holds=HoldsWhile.PROMPT_EMPTY)

    def may_leave(self) -> bool:
        """Say whether the open conversation may be left; if not, the person was told why."""
        return self._leaving.is_fine(self.session, self._prompt.draft)

    async def keep(self) -> None:
        """Save the open conversation that was temporary until now."""
        session = self.session
        if session is None or not session.is_temporary:
            self._say("This conversation is saved already.")
        elif self._services.launch.is_temporary:
            self._say("tui-chat was started with --temporary: it saves nothing. Ctrl+S exports it.")
        else:
            await self.drafts.save()
            await self._services.sessions.keep(session)
            self._status.show_idle("kept: this conversation is saved from now on")
            self._host.show_around()

    async def open(self, session: ChatSession | None) -> None:
        """Show a conversation in place of the open one, if that may be left."""
        left = self.session
        if not self.may_leave():
            if session is not None and session is not left:
                await self._services.sessions.close(session)
            return
        await self.drafts.save()
        if left is not None and left is not session:
            await self._services.sessions.close(left)
        self._prompt.load_text("")
        if left is not None and left.is_lost_when_left:
            self._prompt.remember(await self._services.prompt_history())
        await self._show(session)

    async def open_new(self, conversation: Conversation, messages: list[Message]) -> None:
        """Show a conversation that was just made, with its messages."""
        await self.open(self._services.sessions.create(conversation, messages))

    async def leave_deleted(self) -> None:
        """Show the next conversation if the open one was deleted."""
        if self.session is not None and self.session.conversation.deleted_at is not None:
            await self.open(await self._services.sessions.last())
        else:
            self._host.show_around()

    async def open_at(self, conversation_id: str, message_id: str | None) -> bool:
        """Open a conversation, on a message of it; say whether that has the focus."""
        session = self.session
        if session is None or session.conversation.id != conversation_id:
            conversation = await self._services.store.conversation(conversation_id)
            if conversation is None:
                return False
            session = await self._services.sessions.open(conversation)
            await self.open(session)
            if self.session is not session:
                return False
        if session is None or message_id is None:
            self._host.show_around()
            return False
        return await self.land_on(session, message_id)

    async def land_on(self, session: ChatSession, message_id: str) -> bool:
        """Show a message of the open conversation, on its branch; say whether it has the focus."""
        try:
            if all(message.id != message_id for message in session.path):
                await session.branches.show(message_id)
        finally:
            await self._messages.virtual_list.change(session.path)
            is_there = await self._messages.show_message(message_id)
            self._host.show_around()
        return is_there

    async def delete_open(self) -> None:
        """Put the open conversation into the trash; the next one takes its place."""
        if self.session is not None and self.may_leave():
            if not self.session.is_lost_when_left:
                await self.library.delete(self.session.conversation.id)
            await self.open(await self._services.sessions.last())

    async def toggle_pinned(self) -> bool:
        """Pin the open conversation, or unpin it; say whether it is pinned."""
        if self.session is None:
            return False
        is_pinned = await self.library.toggle_pinned(self.session.conversation.id)
        self._host.show_around()
        return is_pinned

    async def _show(self, session: ChatSession | None) -> None:
        """Show another conversation, or what to do when there is no endpoint to ask."""
        self.session = session
        if session is None:
            from tui_chat.ui.models.first_run import FirstRun

            problem = self._services.choice.problem
            words = problem.message if problem is not None else ""
            await self._messages.virtual_list.mount(FirstRun(words))
            self._status.show_idle("no endpoint")
            return
        # Before the messages: the empty prompt would be saved as the draft of this conversation if
        # they took longer than the pause after which drafts are saved.
        if session.conversation.draft and not self._prompt.draft:
            self._prompt.set_draft(session.conversation.draft)
        await self._messages.virtual_list.show(session.path)
        key = partial(key_of, self._messages.app)
        words = ready_words(session.path[-1], key) if session.path else self._services.choice.why
        self._status.show_idle(EDIT_WORDS if session.branches.editing else words)
        self._host.show_around()

    def _say(self, words: str) -> None:
        self._host.say(words, "warning", timeout_s=10)


def _model_of(session: ChatSession) -> str | None:
    """Return which model is asked; where none is chosen, the one that has answered here."""
    last = session.path[-1] if session.path else None
    is_same = last is not None and last.profile == session.profile.name
    return session.model or (last.model if last is not None and is_same else None)
