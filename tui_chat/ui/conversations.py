"""Which conversation is open, and how another one comes onto the screen."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tui_chat.chat.elsewhere import runs_elsewhere
from tui_chat.core.errors import ProviderError
from tui_chat.ui.words import EDIT_WORDS, ready_words

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import App

    from tui_chat.chat.services import Services
    from tui_chat.chat.session import ChatSession
    from tui_chat.ui.draft_keeper import DraftKeeper
    from tui_chat.ui.widgets.message_list import MessageList
    from tui_chat.ui.widgets.prompt_input import PromptInput
    from tui_chat.ui.widgets.status_line import StatusLine


class Conversations:
    """Opens conversations: the last one, a new one, one that the person chooses.

    Attributes:
        session: The session of the open conversation; None when there is no endpoint to ask.
        services: What it stands on.
        drafts: Keeps the draft of the open conversation.
    """

    def __init__(
        self,
        services: Services,
        drafts: DraftKeeper,
        *,
        messages: MessageList,
        prompt: PromptInput,
        status: StatusLine,
        on_shown: Callable[[], None],
    ) -> None:
        """Prepare.

        Args:
            services: Where conversations come from.
            drafts: Saves what is written before another conversation is shown.
            messages: Shows the messages.
            prompt: Holds the draft.
            status: Tells that a conversation is ready.
            on_shown: Called when another conversation, profile or model is shown.
        """
        self.services = services
        self.drafts = drafts
        self.session: ChatSession | None = None
        self._messages = messages
        self._prompt = prompt
        self._status = status
        self._on_shown = on_shown

    async def show_last(self) -> None:
        """Go on where the person stopped."""
        session = await self.services.last_session()
        self._prompt.remember(await self.services.asked_before())
        await self._show(session)

    async def show_new(self) -> None:
        """Begin a new conversation; the open one is saved already."""
        await self.open(self.services.new_session())

    async def open(self, session: ChatSession | None) -> None:
        """Show a conversation in place of the open one."""
        await self._leave()
        await self._show(session)

    async def choose(self, app: App[None]) -> None:
        """Let the person choose among the saved conversations."""
        from tui_chat.ui.screens.conversation_picker import ConversationPicker

        store = self.services.store
        conversation_id = await app.push_screen_wait(ConversationPicker(store))
        if conversation_id is None:
            return
        conversation = await store.conversation(conversation_id)
        if conversation is not None:
            await self.open(await self.services.session(conversation))

    async def choose_model(self, app: App[None]) -> None:
        """Let the person choose profile and model for the open conversation."""
        from tui_chat.ui.screens.profile_picker import ProfilePicker

        session = self.session
        if session is None:
            return
        picker = ProfilePicker(
            self.services.profiles, session.profile, session.model, self.services
        )
        choice = await app.push_screen_wait(picker)
        if choice is not None:
            await session.choose(choice.profile, choice.model)
            self._on_shown()

    async def choose_format(self, app: App[None]) -> None:
        """Let the person choose in which form answers are asked for."""
        from tui_chat.structured.schema import SchemaFolder
        from tui_chat.ui.structured.format_picker import FormatPicker

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
        from tui_chat.ui.screens.wire_view import WireView

        provider = self.session.provider if self.session is not None else None
        if provider is None:
            return False
        folder = self.services.launch.paths.state_dir
        app.push_screen(WireView(lambda: provider.exchange, provider.mask, folder))
        return True

    def show_details(self, app: App[None], reply_id: str) -> bool:
        """Show all of why a reply failed; say whether there is more to tell."""
        from tui_chat.ui.screens.error_details import ErrorDetails

        failure = self.session.failures.get(reply_id) if self.session is not None else None
        if not isinstance(failure, ProviderError):
            return False
        app.push_screen(ErrorDetails(failure.words, failure.status, failure.host, failure.body))
        return True

    async def _leave(self) -> None:
        await self.drafts.save()
        self._prompt.load_text("")

    async def _show(self, session: ChatSession | None) -> None:
        """Show another conversation, or what to do when there is no endpoint to ask."""
        self.session = session
        if session is None:
            from tui_chat.ui.widgets.first_run import FirstRun

            problem = self.services.choice.problem
            words = problem.words if problem is not None else ""
            await self._messages.mount(FirstRun(words))
            self._status.say("no endpoint")
            return
        self._messages.place_of = session.branches.place
        self._messages.runs_elsewhere = partial(runs_elsewhere, session)
        await self._messages.show(session.path)
        if session.conversation.draft and not self._prompt.text:
            self._prompt.set_draft(session.conversation.draft)
        self._status.count_tokens(session.path[-1] if session.path else None)
        words = ready_words(session.path[-1]) if session.path else self.services.choice.why
        self._status.say(EDIT_WORDS if session.branches.editing else words)
        self._on_shown()
