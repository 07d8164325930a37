"""The controllers of the chat screen. Imported after the first paint."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui_chat.ui.chat.commands import Commands
from tui_chat.ui.chat.context_meter import ContextMeter
from tui_chat.ui.chat.conversation_switcher import ConversationSwitcher
from tui_chat.ui.chat.dialogs import Dialogs
from tui_chat.ui.chat.message_actions import MessageActions
from tui_chat.ui.chat.show_external_changes import ExternalChanges
from tui_chat.ui.chat.start_actions import StartActions
from tui_chat.ui.chat.turn_view import ScreenTurnView
from tui_chat.ui.conversations.auto_title import AutoTitle
from tui_chat.ui.find.controller import FindController
from tui_chat.ui.prompt.draft_saver import DraftSaver

if TYPE_CHECKING:
    from tui_chat.session.services import Services
    from tui_chat.ui.chat.screen import ChatScreen
    from tui_chat.ui.chat.status_line import StatusLine
    from tui_chat.ui.messages.message_list import MessageList
    from tui_chat.ui.prompt.prompt_input import PromptInput


@dataclass(frozen=True)
class Controllers:
    """The controllers of an open chat; the screen connects them."""

    services: Services
    conversations: ConversationSwitcher
    turn_view: ScreenTurnView
    meter: ContextMeter
    actions: MessageActions
    find: FindController
    titles: AutoTitle
    commands: Commands
    start: StartActions
    external_changes: ExternalChanges


def controllers(
    screen: ChatScreen,
    services: Services,
    *,
    messages: MessageList,
    prompt: PromptInput,
    status: StatusLine,
) -> Controllers:
    """Return the controllers of a chat; no conversation is shown yet."""
    conversations = ConversationSwitcher(
        screen,
        services,
        drafts=DraftSaver(screen, services.store),
        messages=messages,
        prompt=prompt,
        status=status,
    )
    start = StartActions(
        screen,
        services,
        conversations=conversations,
        messages=messages,
        prompt=prompt,
        run_command=screen.action_command,
    )

    def on_started() -> None:
        # Before the first message is mounted.
        start.note_change()
        screen.show_title()

    turn_view = ScreenTurnView(
        messages, status, on_started=on_started, on_storage_error=screen.report_unsaved
    )
    dialogs = Dialogs(screen, services, conversations)
    actions = MessageActions(
        screen,
        conversations=conversations,
        dialogs=dialogs,
        display=turn_view,
        messages=messages,
        prompt=prompt,
    )
    find = FindController(screen, messages)
    return Controllers(
        services=services,
        conversations=conversations,
        turn_view=turn_view,
        meter=ContextMeter(screen, services, messages=messages, status=status),
        actions=actions,
        find=find,
        titles=AutoTitle(screen, services),
        commands=Commands(
            screen,
            conversations=conversations,
            actions=actions,
            dialogs=dialogs,
            find=find,
            status=status,
        ),
        start=start,
        external_changes=ExternalChanges(screen, services, messages=messages, status=status),
    )
