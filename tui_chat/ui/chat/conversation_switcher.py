"""Opens and leaves conversations."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tui_chat.core.attached_paths import is_page_address, split_paths
from tui_chat.core.labels import _, ngettext
from tui_chat.session.library import ConversationLibrary
from tui_chat.ui.chat.status_line import HoldsWhile
from tui_chat.ui.commands.slash import escaped
from tui_chat.ui.commands.table import palette_hint
from tui_chat.ui.common.key_names import key_of
from tui_chat.ui.common.message_labels import idle_status
from tui_chat.ui.labels import (
    EDIT_STATUS,
    endpoint_label,
    other_endpoint_notice,
    title_label,
    unsaved_mark,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tui_chat.core.conversation import Conversation, Message
    from tui_chat.session.services import Services
    from tui_chat.session.session import ChatSession
    from tui_chat.ui.attachments.draft_attachments import DraftAttachments
    from tui_chat.ui.chat.status_line import StatusLine
    from tui_chat.ui.chat.turns.open_turns import OpenTurns
    from tui_chat.ui.common.chat_host import ChatHost
    from tui_chat.ui.messages.message_list import MessageList
    from tui_chat.ui.prompt.draft_saver import DraftSaver
    from tui_chat.ui.prompt.prompt_input import PromptInput


class ConversationSwitcher:
    """Opens conversations and owns the choice of the open one.

    Attributes:
        session: The session of the open conversation; None if there is no endpoint to ask. Other
            controllers read it from their host.
        on_begun: Called with a new conversation, and the one that was left for it.
        drafts: Saves the draft of the open conversation.
        library: Renames, pins, deletes and restores conversations.
    """

    def __init__(
        self,
        host: ChatHost,
        services: Services,
        *,
        attachments: DraftAttachments,
        drafts: DraftSaver,
        messages: MessageList,
        prompt: PromptInput,
        status: StatusLine,
        turns: OpenTurns,
    ) -> None:
        self.drafts = drafts
        self.on_begun: Callable[[ChatSession, ChatSession | None], Awaitable[None]] = _nothing
        self.session: ChatSession | None = None
        self.library = ConversationLibrary(lambda: services.store, services.sessions.get)
        self._host = host
        self._services = services
        self._attachments = attachments
        self._messages = messages
        self._prompt = prompt
        self._status = status
        self._turns = turns
        self._leave_guard = LeaveGuard()
        self._fresh: ChatSession | None = None
        self._opening: ChatSession | None = None
        """The session that is about to be shown."""
        self._quitting: frozenset[str] = frozenset()
        """The answering conversations that the user was warned about."""

    def headline(self, session: ChatSession) -> tuple[str, str, str]:
        """Return the left and the right text of the title line, and the mark of the left one."""
        is_temporary = session.is_temporary
        unsaved = _("temporary, not saved") if is_temporary else self._services.unsaved_label
        return (
            title_label(session.conversation),
            endpoint_label(
                _model_of(session),
                session.profile,
                session.response_format,
                is_for_one=session.next_format is not None,
                is_offline=self._services.launch.is_offline,
                has_memory=session.memory.is_on,
                searches_web=session.parameters.searches_web,
                tools=session.tools.count,
            ),
            unsaved_mark(unsaved),
        )

    async def show_last(self) -> None:
        """Open the conversation that the program starts with."""
        session = await self._services.sessions.first()
        self._prompt.remember(map(escaped, await self._services.prompt_history()))
        await self._show(session)
        if self._services.sessions.left_with and session is not None:
            name, key = self._services.sessions.left_with, key_of(self._messages.app, "chat.open")
            self._status.show_idle(other_endpoint_notice(name, key))

    async def show_new(self) -> None:
        """Begin a new conversation.

        While it is still empty, another call turns it into a temporary one, and back.
        """
        session = self.session
        is_fresh = session is not None and session is self._fresh
        if is_fresh and session is not None and not session.path and not self._prompt.draft.strip():
            await self.show_new_as(is_temporary=not session.is_temporary)
        else:
            await self.show_new_as(is_temporary=False)

    async def show_new_as(self, *, is_temporary: bool) -> None:
        """Begin a new conversation, saved or temporary."""
        if not self.may_leave():
            return
        if is_temporary:
            session = await self._services.sessions.temporary()
        else:
            session = self._services.sessions.new()
        left = self.session
        await self.open(session)
        if session is not None and self.session is session:
            await self.on_begun(session, left)
        self._fresh = session
        if session is not None and not self._services.launch.is_temporary:
            if session.is_temporary:
                text = _("Temporary conversation, not saved · {key} again: saved")
            else:
                text = _("New conversation · {key} again: temporary")
            text = text.format(key=self._key("chat.new"))
            self._status.show_idle(text, holds=HoldsWhile.PROMPT_EMPTY)

    def may_leave(self) -> bool:
        """Return whether the open conversation may be left; report it if not."""
        if self._leave_guard.allows(self.session, self._prompt.draft):
            return True
        self._warn(
            _(
                "This temporary conversation is lost when you leave it. Press the key again to "
                "leave it; {command} saves it."
            ).format(command=palette_hint("keep", self._key("app.commands")))
        )
        return False

    def may_quit(self) -> bool:
        """Return whether the program may end; report it if something would be stopped or lost."""
        if not self.may_leave():
            return False
        running = frozenset(it.conversation.id for it in self._services.sessions.asking)
        if running <= self._quitting:
            return True
        self._quitting = running
        text = ngettext(
            "An answer is running. {key} again stops it, saves it and quits.",
            "{count} answers are running. {key} again stops them, saves them and quits.",
            len(running),
            key=self._key("app.quit"),
        )
        self._warn(text)
        return False

    async def keep(self) -> None:
        """Save the open temporary conversation."""
        session = self.session
        if session is None or not session.is_temporary:
            self._warn(_("This conversation is saved already."))
        elif self._services.launch.is_temporary:
            text = _("tui-chat runs with --temporary and saves nothing. {key} exports it.")
            self._warn(text.format(key=self._key("chat.export")))
        else:
            await self.drafts.save()
            await self._services.sessions.keep(session)
            self._status.show_idle(_("Saved: this conversation is kept from now on"))
            self._host.show_around()

    async def open(self, session: ChatSession | None) -> None:
        """Show a conversation in place of the open one, if the open one may be left."""
        left = self.session
        if not self.may_leave():
            if session is not None and session is not left:
                await self._close(session)
            return
        self._opening = session
        try:
            await self.drafts.save()
            if left is not None and left is not session:
                await self._leave(left)
            self._prompt.load_text("")
            if left is not None and left.is_lost_when_left:
                self._prompt.remember(map(escaped, await self._services.prompt_history()))
            await self._show(session)
        finally:
            self._opening = None

    async def _leave(self, session: ChatSession) -> None:
        """Take a conversation from the screen; one that is answering stays open."""
        if session.is_lost_when_left:
            await session.task.stopped()
        await self._turns.view_of(session).hide()
        await self._close(session)

    async def close(self, session: ChatSession) -> None:
        """Close a conversation after an answer in the background, unless it is shown again."""
        if session not in (self.session, self._opening):
            await self._close(session)

    async def _close(self, session: ChatSession) -> None:
        if not session.is_busy:
            self._turns.forget(session)
            await self._services.sessions.close(session)

    async def begin_first(self) -> None:
        """Begin a conversation in place of the first-run page; the text in the prompt stays."""
        await self._show(self._services.sessions.new())

    async def open_new(self, conversation: Conversation, messages: list[Message]) -> None:
        """Show a conversation that was just made, with its messages."""
        await self.open(self._services.sessions.create(conversation, messages))

    async def leave_deleted(self) -> None:
        """Stop answers in deleted conversations; show the next one if the open one was deleted."""
        for session in self._services.sessions.busy:
            if session.conversation.deleted_at is not None:
                await session.task.stopped()
        if self.session is not None and self.session.conversation.deleted_at is not None:
            await self.open(await self._services.sessions.last())
        else:
            self._host.show_around()

    async def open_at(self, conversation_id: str, message_id: str | None) -> bool:
        """Open a conversation at a message; return whether the message has the focus."""
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
        """Show a message of the open conversation; return whether it has the focus."""
        try:
            if all(message.id != message_id for message in session.path):
                await session.branches.show(message_id)
        finally:
            await self._messages.virtual_list.change(session.path)
            is_there = await self._messages.show_message(message_id)
            self._host.show_around()
        return is_there

    async def delete_open(self) -> bool:
        """Move the open conversation to the trash and open the next one.

        Returns:
            False if nothing is in the trash: a temporary conversation is lost, or stays open.
        """
        if self.session is None or not self.may_leave():
            return False
        is_saved = not self.session.is_lost_when_left
        if is_saved:
            await self.library.delete(self.session.conversation.id)
        await self.open(await self._services.sessions.last())
        return is_saved

    async def toggle_pinned(self) -> bool:
        """Pin or unpin the open conversation; return whether it is pinned."""
        if self.session is None:
            return False
        is_pinned = await self.library.toggle_pinned(self.session.conversation.id)
        self._host.show_around()
        return is_pinned

    async def _show(self, session: ChatSession | None) -> None:
        """Show a conversation, or the first-run page if there is no endpoint."""
        left, self.session = self.session, session
        if left is not session:
            self._attachments.switch(_id_of(left), _id_of(session))
        if session is None:
            from tui_chat.ui.models.first_run import FirstRun

            problem = self._services.choice.problem
            text = problem.message if problem is not None else ""
            await self._messages.virtual_list.mount(FirstRun(text))
            self._status.show_idle(_("no endpoint"))
            return
        # The page is left when the first endpoint was added.
        await self._messages.virtual_list.query("FirstRun").remove()
        # Before the messages: mounting them may take longer than the delay of the draft saver,
        # which would save the empty prompt as the draft of this conversation.
        if session.conversation.draft and not self._prompt.draft:
            text, sources = split_paths(session.conversation.draft)
            # A page is fetched only when the user asks for it: its address is text again.
            pages = [f"@{it}" for it in sources if is_page_address(it)]
            self._prompt.set_draft(" ".join([*filter(None, [text]), *pages]))
            self._attachments.attach(*(Path(it) for it in sources if not is_page_address(it)))
        if session.branches.editing is not None and left is not session:
            self._attachments.begin_edit(session.branches.editing.message.attachments)
        await self._turns.view_of(session).show(session)
        key = partial(key_of, self._messages.app)
        text = idle_status(session.path[-1], key) if session.path else self._services.choice.reason
        self._status.show_idle(_(EDIT_STATUS) if session.branches.editing else text)
        self._host.show_around()

    def _warn(self, text: str) -> None:
        self._host.show_notice(text, "warning", timeout_s=10)

    def _key(self, binding: str) -> str:
        return key_of(self._host.app, binding)


async def _nothing(session: ChatSession, left: ChatSession | None) -> None:
    """Leave a new conversation as it is."""


class LeaveGuard:
    """Protects a temporary conversation: leaving it takes the same key twice."""

    def __init__(self) -> None:
        self._asked: tuple[str, int, str] | None = None

    def allows(self, session: ChatSession | None, draft: str) -> bool:
        """Return whether a conversation may be left: it is saved or empty, or this is asked twice.

        Args:
            session: The open conversation.
            draft: The text in the prompt.
        """
        if session is None or not session.is_lost_when_left or not (session.path or draft.strip()):
            return True
        now = (session.conversation.id, len(session.tree), draft)
        if now == self._asked:
            return True
        self._asked = now
        return False


def _id_of(session: ChatSession | None) -> str | None:
    return session.conversation.id if session is not None else None


def _model_of(session: ChatSession) -> str | None:
    """Return the chosen model, else the one that answered last here, else the first one offered."""
    last = session.path[-1] if session.path else None
    is_same = last is not None and last.profile == session.profile.name
    answered = last.model if last is not None and is_same else None
    return session.model or answered or session.offered_model
