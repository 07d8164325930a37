"""Shows the start page while the conversation is empty, and does what is chosen there."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Final

from textual import events
from textual.widget import Widget

from tui_chat import __version__
from tui_chat.core.errors import StorageError
from tui_chat.core.labels import _
from tui_chat.core.profile import Origin
from tui_chat.ui.common.key_names import key_of
from tui_chat.ui.common.profile_words import display_name
from tui_chat.ui.start.start_entries import (
    EntryKind,
    endpoint_section,
    model_words,
    recent_section,
    suggestion_section,
)
from tui_chat.ui.start.start_layout import StartTexts
from tui_chat.ui.start.start_page import StartPage
from tui_chat.ui.terminal.input.key_queue import KeyWork

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from tui_chat.core.profile import Profile
    from tui_chat.session.services import Services
    from tui_chat.storage.row_mapping import ConversationSummary
    from tui_chat.ui.chat.conversation_switcher import ConversationSwitcher
    from tui_chat.ui.common.chat_host import ChatHost
    from tui_chat.ui.messages.message_list import MessageList
    from tui_chat.ui.prompt.prompt_input import PromptInput
    from tui_chat.ui.start.start_entries import StartEntry

_RECENT: Final = 5
"""More than are shown, because the open conversation may be among them."""


class StartActions:
    """Owns the start page: when it is shown, what it shows, and what its entries do."""

    def __init__(
        self,
        host: ChatHost,
        services: Services,
        *,
        conversations: ConversationSwitcher,
        messages: MessageList,
        prompt: PromptInput,
        run_command: Callable[[str], None],
    ) -> None:
        self._host = host
        self._services = services
        self._conversations = conversations
        self._messages = messages
        self._prompt = prompt
        self._run_command = run_command
        self._page: StartPage | None = None
        self._recent: Sequence[ConversationSummary] = ()

    @property
    def page(self) -> StartPage | None:
        """The page while it is shown."""
        page = self._page
        return page if page is not None and page.display else None

    def note_change(self) -> None:
        """Show, update or hide the page after the conversation or the endpoints changed."""
        session = self._host.session
        if session is not None and session.path:
            self._hide()
            return
        texts = self._texts()
        if session is None and not texts.sections[0].entries:
            # The first-run text says more.
            self._hide()
            return
        page = self._page
        if page is None:
            page = self._page = StartPage(texts, choose=self._choose, leave=self._leave)
            self._mount(page)
        elif page.display:
            page.show(texts)
            return
        page.display = True
        page.show(texts)
        self._host.run_worker(
            self._load_recent(), group="start page", description="recent conversations"
        )

    def _hide(self) -> None:
        if (page := self.page) is not None:
            if page.has_focus:
                self._host.focus_prompt()
            page.display = False

    def enter(self) -> bool:
        """Focus the page; return False while it is not shown."""
        if self.page is None:
            return False
        self.page.enter()
        return True

    async def discover(self) -> None:
        """Search this machine for model servers and add them to the page."""
        before = self._services.choice.profile
        if await self._services.find_local_servers():
            await self._follow_choice(before)
            self.note_change()

    async def _follow_choice(self, before: Profile | None) -> None:
        """Use the server of an earlier choice that was found now, unless it is too late."""
        session, chosen = self._host.session, self._services.choice.profile
        is_untouched = session is not None and not session.path and not self._host.is_busy
        if session is None or not is_untouched or chosen is None or chosen == before:
            return
        if before is not None and session.profile.endpoint_id == before.endpoint_id:
            await session.choose(chosen, chosen.model)
            self._host.show_around()

    def _leave(self, typed: str) -> None:
        """Focus the prompt and add what was typed on the page."""
        self._host.focus_prompt()
        if len(typed) == 1:
            self._prompt.insert_here(typed)
        elif typed:
            self._prompt.post_message(events.Paste(typed))

    def _choose(self, entry: StartEntry) -> None:
        """Do what an entry says."""
        if entry.kind is EntryKind.COMMAND:
            self._host.focus_prompt()
            self._run_command(entry.target)
            return
        work = {
            EntryKind.ENDPOINT: self._use_endpoint,
            EntryKind.CONVERSATION: self._open_conversation,
            EntryKind.PROMPT: self._fill_prompt,
        }[entry.kind]
        self._host.run_worker(
            self._reporting(work, entry), group=KeyWork.OPEN, description="start page"
        )

    # What is shown

    def _texts(self) -> StartTexts:
        services, session = self._services, self._host.session
        key = partial(key_of, self._host.app)
        profile = None
        if session is None:
            problem = services.choice.problem
            model = problem.message if problem is not None else _("There is no model yet.")
        else:
            profile = session.profile
            model = model_words(profile, session.model or session.offered_model, key)
        sections = [
            endpoint_section(self._usable_profiles(), profile, services.discovery.model_count)
        ]
        if session is not None:
            own = session.conversation.id
            recent = [it for it in self._recent if it.id != own]
            sections.append(recent_section(recent, datetime.now().astimezone()))
            in_english = session.profile.origin is Origin.BUILT_IN
            sections.append(suggestion_section(key, in_english=in_english))
        return StartTexts(
            name=f"tui-chat {__version__}",
            model=model,
            sections=tuple(sections),
            keys=_("{up} choose here · {commands} all commands · {help} keys").format(
                up=key("prompt.up"), commands=key("app.commands"), help=key("app.help")
            ),
            keys_inside=_("digit or Enter chooses · {stop} back to the prompt").format(
                stop=key("turn.stop")
            ),
        )

    def _usable_profiles(self) -> list[Profile]:
        is_offline = self._services.launch.is_offline
        return [it for it in self._services.profiles if it.is_on_loopback or not is_offline]

    def _mount(self, page: StartPage) -> None:
        container = self._messages.parent
        assert isinstance(container, Widget)  # noqa: S101 - the screen has mounted the list
        container.mount(page)

    async def _load_recent(self) -> None:
        try:
            self._recent = await self._services.store.summaries(_RECENT)
        except StorageError:
            # Reported where conversations are opened; the page only offers a short cut.
            return
        if self.page is not None:
            self.page.show(self._texts())

    # What is done

    async def _reporting(
        self, work: Callable[[StartEntry], Awaitable[None]], entry: StartEntry
    ) -> None:
        try:
            await work(entry)
        except StorageError as error:
            self._host.report_unsaved(error)

    async def _use_endpoint(self, entry: StartEntry) -> None:
        profile = next((it for it in self._services.profiles if it.name == entry.target), None)
        if profile is None or self._host.is_busy:
            return
        session = self._host.session
        if session is None:
            await self._conversations.open(self._services.sessions.new_at(profile))
        else:
            await session.choose(profile, profile.model)
        await self._services.prefer(profile)
        self._host.show_around()
        self._host.show_status(_("{name} answers here").format(name=display_name(profile)))
        self._host.focus_prompt()

    async def _open_conversation(self, entry: StartEntry) -> None:
        await self._conversations.open_at(entry.target, None)
        self._host.focus_prompt()

    async def _fill_prompt(self, entry: StartEntry) -> None:
        self._host.focus_prompt()
        self._prompt.insert_here(entry.target)
