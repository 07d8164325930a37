"""What the chat screen needs after its first paint, imported together and in a thread."""

from tui_chat.ui.chat_parts import chat_parts
from tui_chat.ui.screens.plain_http import consent_question
from tui_chat.ui.widgets.message_list import MessageList

__all__ = ["MessageList", "chat_parts", "consent_question"]
