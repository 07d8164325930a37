"""What the chat screen is made of once everything is open. Loaded after the first paint."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui_chat.ui.commands import Commands
from tui_chat.ui.context_meter import ContextMeter
from tui_chat.ui.conversations import Conversations
from tui_chat.ui.draft_keeper import DraftKeeper
from tui_chat.ui.find import Find
from tui_chat.ui.message_actions import MessageActions
from tui_chat.ui.other_windows import OtherWindows
from tui_chat.ui.titles import Titles
from tui_chat.ui.turn_display import TurnDisplay

if TYPE_CHECKING:
    from tui_chat.chat.services import Services
    from tui_chat.ui.screens.chat import ChatScreen
    from tui_chat.ui.widgets.message_list import MessageList
    from tui_chat.ui.widgets.prompt_input import PromptInput
    from tui_chat.ui.widgets.status_line import StatusLine


@dataclass(frozen=True)
class ChatParts:
    """The parts of an open chat; each does one thing, and the screen brings them together."""

    conversations: Conversations
    display: TurnDisplay
    meter: ContextMeter
    actions: MessageActions
    find: Find
    titles: Titles
    commands: Commands
    other_windows: OtherWindows


def chat_parts(
    screen: ChatScreen,
    services: Services,
    *,
    messages: MessageList,
    prompt: PromptInput,
    status: StatusLine,
) -> ChatParts:
    """Return the parts of a chat; no conversation is shown yet.

    Args:
        screen: Where they meet.
        services: What the chat stands on.
        messages: Shows the messages.
        prompt: Where questions are written.
        status: Tells what is going on.
    """
    display = TurnDisplay(
        messages, status, on_started=screen.show_title, on_storage_error=screen.tell_not_saved
    )
    conversations = Conversations(
        services,
        DraftKeeper(screen, services.store),
        messages=messages,
        prompt=prompt,
        status=status,
        on_shown=screen.show_around,
        say=lambda words: screen.say(words, "warning", timeout_s=10),
    )
    actions = MessageActions(screen, conversations, display, messages=messages, prompt=prompt)
    find = Find(screen, conversations, messages)
    return ChatParts(
        conversations=conversations,
        display=display,
        meter=ContextMeter(screen, conversations, messages, status),
        actions=actions,
        find=find,
        titles=Titles(screen, conversations, services.launch.ui),
        commands=Commands(screen, conversations, actions, find, status),
        other_windows=OtherWindows(
            conversations,
            messages=messages,
            status=status,
            is_busy=lambda: screen.is_busy,
            on_change=screen.show_around,
            say=lambda words: screen.say(words, "warning", timeout_s=15),
        ),
    )
