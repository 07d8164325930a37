"""Carries out the commands of the table, from the palette, by a key or by `/name`."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from tui_chat.core.conversation import Role
from tui_chat.core.errors import StorageError
from tui_chat.core.labels import _
from tui_chat.ui.chat.context_actions import ContextActions
from tui_chat.ui.chat.turns.resend_as_text import resend_as_text
from tui_chat.ui.commands.command import Scope
from tui_chat.ui.commands.entry import Entry, entries_of
from tui_chat.ui.commands.message_table import ALWAYS_OFFERED, MESSAGE_COMMANDS, OFFER_OF
from tui_chat.ui.commands.table import APP_COMMANDS, COMMANDS
from tui_chat.ui.common.copying import CopyKind, CopyWanted
from tui_chat.ui.common.key_names import key_of, live_keys
from tui_chat.ui.terminal.input.key_queue import KeyWork
from tui_chat.ui.terminal.input.mouse import mouse_notice, toggle_mouse
from tui_chat.ui.terminal.textual_internals import driver_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

    from tui_chat.core.conversation import Message
    from tui_chat.session.session import ChatSession
    from tui_chat.ui.attachments.draft_attachments import DraftAttachments
    from tui_chat.ui.chat.comparing.comparing import Comparing
    from tui_chat.ui.chat.conversation_switcher import ConversationSwitcher
    from tui_chat.ui.chat.dialogs import Dialogs
    from tui_chat.ui.chat.external_editing import ExternalEditing
    from tui_chat.ui.chat.message_actions import MessageActions
    from tui_chat.ui.chat.projects.memory_actions import MemoryActions
    from tui_chat.ui.chat.projects.project_actions import ProjectActions
    from tui_chat.ui.chat.side_panel_control import SidePanelControl
    from tui_chat.ui.chat.status_line import StatusLine
    from tui_chat.ui.chat.turns.open_turns import OpenTurns
    from tui_chat.ui.commands.command import Command
    from tui_chat.ui.common.chat_host import ChatHost
    from tui_chat.ui.find.find_controller import FindController
    from tui_chat.ui.local_models.controller import LocalModels
    from tui_chat.ui.messages.message_list import MessageList

_NEEDS_IDLE: Final = frozenset(command.name for command in COMMANDS if command.needs_rest)


class Commands:
    """Carries out commands, and lists those that can be run now."""

    def __init__(
        self,
        host: ChatHost,
        *,
        conversations: ConversationSwitcher,
        actions: MessageActions,
        attachments: DraftAttachments,
        comparing: Comparing,
        dialogs: Dialogs,
        editor: ExternalEditing,
        find: FindController,
        local_models: LocalModels,
        memory: MemoryActions,
        messages: MessageList,
        panel: SidePanelControl,
        pick_prompt: Callable[[], Awaitable[None]],
        projects: ProjectActions,
        status: StatusLine,
        turns: OpenTurns,
    ) -> None:
        self._host = host
        self._messages = messages
        self._actions = actions
        self._conversations = conversations
        context = ContextActions(host, status)
        on_session = self._on_session
        self._opening: Final[dict[str, Callable[[], Awaitable[bool | None]]]] = {
            "new": conversations.show_new,
            "editor": editor.open,
            "find": find.open,
            "open": dialogs.pick_conversation,
            "trash": lambda: dialogs.pick_conversation("trash: "),
            "export": on_session(dialogs.export),
            "temporary": lambda: conversations.show_new_as(is_temporary=True),
            "keep": conversations.keep,
            "leave_out": on_session(context.leave_out),
            "web_search": on_session(context.switch_web_search),
            "send_all": on_session(context.send_everything),
            "model": dialogs.choose_model,
            "local_models": local_models.open,
            "settings": dialogs.settings,
            "parameters": on_session(dialogs.change_parameters),
            "prompts": pick_prompt,
            "rename": on_session(dialogs.rename),
            "pin": self._pin,
            "delete": self._delete,
            "format": on_session(dialogs.choose_format),
            "tools": on_session(dialogs.choose_tools),
            "paste_picture": attachments.paste_picture,
            "compare": comparing.open,
            "memory": memory.open,
            "project": projects.open,
        }
        self._with_argument: Final[dict[str, Callable[[str], Awaitable[bool | None]]]] = {
            "open": dialogs.pick_conversation,
            "rename": lambda title: on_session(partial(dialogs.rename, title=title))(),
            "find": find.open,
            "attach": attachments.attach_named,
            "compare": comparing.open,
            "project": projects.enter,
        }
        self._at_once: Final[dict[str, Callable[[], None]]] = {
            "wire": self._with_session(dialogs.show_wire),
            "undo": lambda: actions.do("undo"),
            "sum_up": self._with_session(context.sum_up),
            "mouse": self._hand_over_mouse,
            "problems": dialogs.show_config_problems,
            "side_panel": panel.toggle,
            "send_as": lambda: (
                resend_as_text(host, turns) if attachments.is_empty else attachments.change_form()
            ),
            "attach": attachments.begin,
            "copy_all": self._with_session(self._copy_all),
        }

    def entries(self) -> list[Entry]:
        """Return all commands that can be run now, for the palette and the list after `/`."""
        offered = self._offered()
        on_message = (
            command
            for command in MESSAGE_COMMANDS
            if OFFER_OF.get(command.name, command.name) in offered
        )
        commands = (*COMMANDS, *on_message, *APP_COMMANDS)
        key = partial(key_of, self._host.app)
        return list(entries_of(commands, key, self.run, self._run_with))

    def run(self, command: Command) -> None:
        """Carry out a command of any scope."""
        if command.scope is Scope.CHAT:
            self.do(command.name)
        elif command.scope is Scope.APP:
            self._host.app.call_later(self._host.app.run_action, command.action)
        elif (message := self._target(command.name)) is not None:
            self._host.run_worker(
                self._run_on_message(command.action, message),
                group=KeyWork.MESSAGE,
                description="command on a message",
            )

    def _run_with(self, command: Command, argument: str) -> None:
        """Carry out a command of the chat with an argument."""
        self._begin(command.name, partial(self._with_argument[command.name], argument))

    def _offered(self) -> frozenset[str]:
        view = self._messages.focused_view or self._messages.virtual_list.mounted.last_view
        return self._actions.offers(view) | ALWAYS_OFFERED if view is not None else frozenset()

    def _target(self, name: str) -> Message | None:
        """Return the focused message, else the last one; for `edit` the last question."""
        if (view := self._messages.focused_view) is not None:
            return view.shown
        path = self._messages.virtual_list.messages
        wanted = {Role.USER} if name == "edit" else set(Role)
        return next((it for it in reversed(path) if it.role in wanted), None)

    async def _run_on_message(self, action: str, message: Message) -> None:
        is_entered = self._messages.focused_view is not None
        await self._messages.run_command(action, message.id)
        if not is_entered:
            # The next letters are meant for the prompt.
            self._host.focus_prompt()

    def do(self, name: str) -> None:
        """Run a command of the chat."""
        if name in self._opening:
            self._begin(name, self._opening[name])
        elif name in _NEEDS_IDLE and self._host.is_busy:
            self._run_in_order(self._do_at_rest(name))
        else:
            self._at_once[name]()

    def _begin(self, name: str, command: Callable[[], Awaitable[bool | None]]) -> None:
        self._run_in_order(self._then_focus(name, command))

    def _run_in_order(self, work: Coroutine[object, object, None]) -> None:
        self._host.run_worker(work, group=KeyWork.OPEN, description="command")

    async def _do_at_rest(self, name: str) -> None:
        if await self._host.is_at_rest():
            self._at_once[name]()

    async def _then_focus(self, name: str, command: Callable[[], Awaitable[bool | None]]) -> None:
        """Run a command and focus the prompt, unless the command focused a message."""
        if name in _NEEDS_IDLE and not await self._host.is_at_rest():
            return
        has_focused = None
        try:
            has_focused = await command()
        except StorageError as error:
            self._host.report_unsaved(error)
        if not has_focused:
            self._host.focus_prompt()

    def _on_session(
        self, command: Callable[[ChatSession], Awaitable[None]]
    ) -> Callable[[], Awaitable[None]]:
        async def run() -> None:
            if (session := self._session()) is not None:
                await command(session)

        return run

    def _with_session(self, command: Callable[[ChatSession], None]) -> Callable[[], None]:
        def run() -> None:
            if (session := self._session()) is not None:
                command(session)

        return run

    def _session(self) -> ChatSession | None:
        session = self._host.session
        if session is None:
            self._host.show_notice(_("No model yet: choose one of those above."), "warning")
        return session

    async def _pin(self) -> None:
        is_pinned = await self._conversations.toggle_pinned()
        self._host.show_notice(_("Pinned: listed first.") if is_pinned else _("Unpinned."))

    async def _delete(self) -> None:
        if await self._conversations.delete_open():
            key = key_of(self._host.app, "chat.open")
            self._host.show_notice(_("Moved to the trash: {key}, “trash:”.").format(key=key))

    def _hand_over_mouse(self) -> None:
        has_mouse = toggle_mouse(driver_of(self._host.app))
        key = live_keys(self._host.app.screen).get("chat.mouse", "")
        self._host.show_notice(mouse_notice(has_mouse, key))

    def _copy_all(self, session: ChatSession) -> None:
        if session.path:
            from tui_chat.import_export.export.markdown import path_text

            self._host.app.post_message(CopyWanted(path_text(session.path), CopyKind.CONVERSATION))
        else:
            self._host.show_notice(_("There is nothing to copy yet."))
