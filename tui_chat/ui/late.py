"""What the chat screen needs after its first paint, imported together and in a thread."""

from tui_chat.ui.commands import Commands
from tui_chat.ui.context_meter import ContextMeter
from tui_chat.ui.conversations import Conversations
from tui_chat.ui.draft_keeper import DraftKeeper
from tui_chat.ui.find import Find
from tui_chat.ui.message_actions import MessageActions
from tui_chat.ui.other_windows import OtherWindows
from tui_chat.ui.titles import Titles
from tui_chat.ui.turn_display import TurnDisplay
from tui_chat.ui.widgets.message_list import MessageList

__all__ = [
    "Commands",
    "ContextMeter",
    "Conversations",
    "DraftKeeper",
    "Find",
    "MessageActions",
    "MessageList",
    "OtherWindows",
    "Titles",
    "TurnDisplay",
]
