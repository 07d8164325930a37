"""What the chat screen is made of once everything is open. Loaded after the first paint."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui_chat.ui.chat.commands import Commands
from tui_chat.ui.chat.context_meter import ContextMeter
from tui_chat.ui.chat.conversation_switcher import Conversations
from tui_chat.ui.chat.external_changes import ExternalChanges
from tui_chat.ui.chat.message_actions import MessageActions
from tui_chat.ui.chat.turn_view import ScreenTurnView
from tui_chat.ui.conversations.auto_title import AutoTitle
from tui_chat.ui.find.controller import Find
from tui_chat.ui.prompt.draft_saver import DraftSaver

if TYPE_CHECKING:
    from tui_chat.session.services import Services
    from tui_chat.ui.chat.screen import ChatScreen
    from tui_chat.ui.chat.status_line import StatusLine
    from tui_chat.ui.messages.message_list import MessageList
    from tui_chat.ui.prompt.prompt_input import PromptInput


@dataclass(frozen=True)
class Controllers:
    """The parts of an open chat; each does one thing, and the screen brings them together."""

    conversations: Conversations
    display: ScreenTurnView
    meter: ContextMeter
    actions: MessageActions
    find: Find
    titles: AutoTitle
    commands: Commands
    other_windows: ExternalChanges


def controllers(
    screen: ChatScreen,
    services: Services,
    *,
    messages: MessageList,
    prompt: PromptInput,
    status: StatusLine,
) -> Controllers:
    """Return the parts of a chat; no conversation is shown yet.

    Args:
        screen: Where they meet.
        services: What the chat stands on.
        messages: Shows the messages.
        prompt: Where questions are written.
        status: Tells what is going on.
    """
    display = ScreenTurnView(
        messages, status, on_started=screen.show_title, on_storage_error=screen.tell_not_saved
    )
    conversations = Conversations(
        services,
        DraftSaver(screen, services.store),
        messages=messages,
        prompt=prompt,
        status=status,
        on_shown=screen.show_around,
        say=lambda words: screen.say(words, "warning", timeout_s=10),
    )
    actions = MessageActions(screen, conversations, display, messages=messages, prompt=prompt)
    find = Find(screen, conversations, messages)
    return Controllers(
        conversations=conversations,
        display=display,
        meter=ContextMeter(screen, conversations, messages, status),
        actions=actions,
        find=find,
        titles=AutoTitle(screen, conversations, services.launch.ui),
        commands=Commands(screen, conversations, actions, find, status),
        other_windows=ExternalChanges(
            conversations,
            messages=messages,
            status=status,
            is_busy=lambda: screen.is_busy,
            on_change=screen.show_around,
            say=lambda words: screen.say(words, "warning", timeout_s=15),
        ),
    )
