"""What the chat screen needs after its first paint, imported together and in a thread."""

from tui_chat.ui.chat.controllers import chat_parts
from tui_chat.ui.messages.message_list import MessageList
from tui_chat.ui.models.plain_http import consent_question

__all__ = ["MessageList", "chat_parts", "consent_question"]
