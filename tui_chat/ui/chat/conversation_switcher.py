"""Which conversation is open, and how another one comes onto the screen."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tui_chat.core.errors import READ_ALL_HINT, ProviderError
from tui_chat.session.external_changes import is_answered_elsewhere
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
    from collections.abc import Callable

    from textual.app import App

    from tui_chat.session.services import Services
    from tui_chat.session.session import ChatSession
    from tui_chat.ui.chat.status_line import StatusLine
    from tui_chat.ui.messages.message_list import MessageList
    from tui_chat.ui.prompt.draft_saver import DraftSaver
    from tui_chat.ui.prompt.prompt_input import PromptInput


class Conversations:
    """Opens conversations: the last one, a new one, one that the person chooses.

    Attributes:
        session: The session of the open conversation; None when there is no endpoint to ask.
        services: What it stands on.
        drafts: Keeps the draft of the open conversation.
        shelf: Renames, pins, deletes and brings back conversations.
    """

    def __init__(
        self,
        services: Services,
        drafts: DraftSaver,
        *,
        messages: MessageList,
        prompt: PromptInput,
        status: StatusLine,
        on_shown: Callable[[], None],
        say: Callable[[str], None],
    ) -> None:
        """Prepare.

        Args:
            services: Where conversations come from.
            drafts: Saves what is written before another conversation is shown.
            messages: Shows the messages.
            prompt: Holds the draft.
            status: Tells that a conversation is ready.
            on_shown: Called when another conversation, profile or model is shown.
            say: Tells something in a toast.
        """
        self.services = services
        self.drafts = drafts
        self.session: ChatSession | None = None
        self.shelf = ConversationLibrary(lambda: services.store, services.sessions.get)
        self._messages = messages
        self._prompt = prompt
        self._status = status
        self._on_shown = on_shown
        self._say = say
        self._leaving = LeaveGuard(say)
        self._fresh: ChatSession | None = None

    def headline(self, session: ChatSession) -> tuple[str, str]:
        """Return what stands at the left and the right of the first line."""
        unsaved = "temporary, not saved" if session.is_temporary else self.services.unsaved_label
        return (
            title_words(session.conversation, unsaved),
            endpoint_words(
                _model_of(session),
                session.profile,
                session.response_format,
                is_for_one=session.next_format is not None,
            ),
        )

    def show_around(self) -> None:
        """Have what stands around the messages shown anew."""
        self._on_shown()

    async def show_last(self) -> None:
        """Go on where the person stopped, unless flags ask for something new."""
        session = await self.services.sessions.first()
        self._prompt.remember(await self.services.prompt_history())
        await self._show(session)
        if self.services.sessions.left_with and session is not None:
            name, key = self.services.sessions.left_with, key_of(self._messages.app, "chat.open")
            self._status.say(left_words(name, key))

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
            session = await self.services.sessions.temporary()
        else:
            session = self.services.sessions.new()
        await self.open(session)
        self._fresh = session
        if session is not None and not self.services.launch.is_temporary:
            kind = "temporary: nothing of it is saved" if session.is_temporary else "new"
            other = "saved as usual" if session.is_temporary else "a temporary one"
            words = f"{kind} · the same key again: {other}"
            self._status.say(words, holds=HoldsWhile.PROMPT_EMPTY)

    def may_leave(self) -> bool:
        """Say whether the open conversation may be left; if not, the person was told why."""
        return self._leaving.is_fine(self.session, self._prompt.draft)

    async def keep(self) -> None:
        """Save the open conversation that was temporary until now."""
        session = self.session
        if session is None or not session.is_temporary:
            self._say("This conversation is saved already.")
        elif self.services.launch.is_temporary:
            self._say("tui-chat was started with --temporary: it saves nothing. Ctrl+S exports it.")
        else:
            await self.drafts.save()
            await self.services.sessions.keep(session)
            self._status.say("kept: this conversation is saved from now on")
            self._on_shown()

    async def open(self, session: ChatSession | None) -> None:
        """Show a conversation in place of the open one, if that may be left."""
        left = self.session
        if not self.may_leave():
            if session is not None and session is not left:
                await self.services.sessions.close(session)
            return
        await self.drafts.save()
        if left is not None and left is not session:
            await self.services.sessions.close(left)
        self._prompt.load_text("")
        if left is not None and left.is_lost_when_left:
            self._prompt.remember(await self.services.prompt_history())
        await self._show(session)

    async def choose(self, app: App[None], query: str = "") -> bool:
        """Let the person choose among the saved conversations; say whether a message has the focus.

        Args:
            app: Shows the list.
            query: What is looked for at first.
        """
        from tui_chat.ui.conversations.picker import ConversationPicker

        if not self.may_leave():
            return False
        days = self.services.launch.settings.storage.trash_days
        picker = ConversationPicker(self.services.store, self.shelf, query=query, kept_days=days)
        chosen = await app.push_screen_wait(picker)
        if chosen is not None:
            return await self.open_at(chosen.conversation_id, chosen.message_id)
        if self.session is not None and self.session.conversation.deleted_at is not None:
            # The open one was deleted: the next one takes its place.
            await self.open(await self.services.sessions.last())
        else:
            self._on_shown()
        return False

    async def open_at(self, conversation_id: str, message_id: str | None) -> bool:
        """Open a conversation, on a message of it; say whether that has the focus."""
        session = self.session
        if session is None or session.conversation.id != conversation_id:
            conversation = await self.services.store.conversation(conversation_id)
            if conversation is None:
                return False
            session = await self.services.sessions.open(conversation)
            await self.open(session)
            if self.session is not session:
                return False
        if session is None or message_id is None:
            self._on_shown()
            return False
        return await self.land_on(session, message_id)

    async def land_on(self, session: ChatSession, message_id: str) -> bool:
        """Show a message of the open conversation, on its branch; say whether it has the focus."""
        try:
            if all(message.id != message_id for message in session.path):
                await session.branches.show(message_id)
        finally:
            await self._messages.change(session.path)
            is_there = await self._messages.focus_message(message_id)
            self._on_shown()
        return is_there

    async def rename(self, app: App[None]) -> None:
        """Ask for another title of the open conversation."""
        from tui_chat.ui.conversations.rename import Rename

        if self.session is not None:
            conversation = self.session.conversation
            title = await app.push_screen_wait(Rename(conversation.title))
            if title is not None:
                await self.shelf.rename(conversation.id, title)
                self._on_shown()

    async def delete_open(self) -> None:
        """Put the open conversation into the trash; the next one takes its place."""
        if self.session is not None and self.may_leave():
            if not self.session.is_lost_when_left:
                await self.shelf.delete(self.session.conversation.id)
            await self.open(await self.services.sessions.last())

    async def toggle_pinned(self) -> bool:
        """Pin the open conversation, or unpin it; say whether it is pinned."""
        if self.session is None:
            return False
        is_pinned = await self.shelf.toggle_pinned(self.session.conversation.id)
        self._on_shown()
        return is_pinned

    async def choose_model(self, app: App[None]) -> None:
        """Let the person choose profile and model for the open conversation."""
        from tui_chat.ui.models.profile_picker import ProfilePicker
        from tui_chat.ui.models.send_elsewhere import agrees_to_send

        session = self.session
        if session is None:
            return
        picker = ProfilePicker(
            self.services.profiles, session.profile, session.model, self.services
        )
        choice = await app.push_screen_wait(picker)
        if choice is None:
            return
        if not await agrees_to_send(app, session, choice.profile):
            self._say("Nothing was sent. Profile and model stay as they were.")
            return
        await session.choose(choice.profile, choice.model)
        self._on_shown()

    async def choose_format(self, app: App[None]) -> None:
        """Let the person choose in which form answers are asked for."""
        from tui_chat.structured.schemas.lookup import SchemaFolder
        from tui_chat.ui.objects.format_picker import FormatPicker

        session = self.session
        if session is None:
            return
        folder = SchemaFolder(self.services.launch.paths.config_file)
        choice = await app.push_screen_wait(
            FormatPicker(session.response_format, folder, Path.cwd())
        )
        if choice is None:
            return
        if choice.is_for_one:
            session.next_format = choice.format
            self._on_shown()
            return
        try:
            await session.choose_format(choice.format)
        finally:
            self._on_shown()

    def show_wire(self, app: App[None]) -> bool:
        """Show what went over the wire; say whether anything did yet."""
        from tui_chat.ui.inspector.wire_view import WireView

        provider = self.session.provider if self.session is not None else None
        if provider is None:
            return False
        folder = self.services.launch.paths.state_dir
        app.push_screen(WireView(lambda: provider.exchange, provider.mask, folder))
        return True

    def show_details(self, app: App[None], reply_id: str) -> bool:
        """Show all of why a reply failed; say whether there is more to tell."""
        from tui_chat.ui.inspector.error_details import ErrorDetails

        failure = self.session.failures.get(reply_id) if self.session is not None else None
        if not isinstance(failure, ProviderError):
            return False
        words = failure.message.removesuffix(READ_ALL_HINT).rstrip()
        app.push_screen(ErrorDetails(words, failure.status, failure.host, failure.body))
        return True

    async def _show(self, session: ChatSession | None) -> None:
        """Show another conversation, or what to do when there is no endpoint to ask."""
        self.session = session
        if session is None:
            from tui_chat.ui.models.first_run import FirstRun

            problem = self.services.choice.problem
            words = problem.message if problem is not None else ""
            await self._messages.mount(FirstRun(words))
            self._status.say("no endpoint")
            return
        self._messages.place_of = session.branches.version_number
        self._messages.is_answered_elsewhere = partial(is_answered_elsewhere, session)
        # Before the messages: the empty prompt would be saved as the draft of this conversation if
        # they took longer than the pause after which drafts are saved.
        if session.conversation.draft and not self._prompt.draft:
            self._prompt.set_draft(session.conversation.draft)
        await self._messages.show(session.path)
        key = partial(key_of, self._messages.app)
        words = ready_words(session.path[-1], key) if session.path else self.services.choice.why
        self._status.say(EDIT_WORDS if session.branches.editing else words)
        self._on_shown()


def _model_of(session: ChatSession) -> str | None:
    """Return which model is asked; where none is chosen, the one that has answered here."""
    last = session.path[-1] if session.path else None
    is_same = last is not None and last.profile == session.profile.name
    return session.model or (last.model if last is not None and is_same else None)
