"""What the chat screen needs after its first paint, imported together and in a thread."""

from tui_chat.ui.commands import Commands
from tui_chat.ui.conversations import Conversations
from tui_chat.ui.draft_keeper import DraftKeeper
from tui_chat.ui.message_actions import MessageActions
from tui_chat.ui.other_windows import OtherWindows
from tui_chat.ui.turn_display import TurnDisplay
from tui_chat.ui.widgets.message_list import MessageList

__all__ = [
    "Commands",
    "Conversations",
    "DraftKeeper",
    "MessageActions",
    "MessageList",
    "OtherWindows",
    "TurnDisplay",
]
