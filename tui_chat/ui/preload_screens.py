"""What opens over the chat, imported together in a thread once the chat works.

Each would hold the loop for 20 to 35 ms when its key is first pressed (measured).
"""

from tui_chat.ui.conversations.picker import ConversationPicker
from tui_chat.ui.help.key_help import KeyHelp
from tui_chat.ui.inspector.error_details import ErrorDetails
from tui_chat.ui.inspector.wire_view import WireView
from tui_chat.ui.messages.link_picker import LinkPicker
from tui_chat.ui.models.profile_picker import ProfilePicker

__all__ = [
    "ConversationPicker",
    "ErrorDetails",
    "KeyHelp",
    "LinkPicker",
    "ProfilePicker",
    "WireView",
]
