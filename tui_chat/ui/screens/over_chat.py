"""What opens over the chat, imported together in a thread once the chat works.

Each would hold the loop for 20 to 35 ms when its key is first pressed (measured).
"""

from tui_chat.ui.screens.conversation_picker import ConversationPicker
from tui_chat.ui.screens.error_details import ErrorDetails
from tui_chat.ui.screens.key_help import KeyHelp
from tui_chat.ui.screens.link_picker import LinkPicker
from tui_chat.ui.screens.profile_picker import ProfilePicker
from tui_chat.ui.screens.wire_view import WireView

__all__ = [
    "ConversationPicker",
    "ErrorDetails",
    "KeyHelp",
    "LinkPicker",
    "ProfilePicker",
    "WireView",
]
