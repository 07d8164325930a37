"""Modules that the chat screen needs after its first paint, preloaded in a thread."""

from tui_chat.ui.chat.controllers import controllers
from tui_chat.ui.chat.turn_progress import TurnProgress
from tui_chat.ui.messages.message_list import MessageList
from tui_chat.ui.models.allow_plain_http import consent_question
from tui_chat.ui.models.pass_limit import limit_question
from tui_chat.ui.models.send_elsewhere import agrees_to_send

__all__ = [
    "MessageList",
    "TurnProgress",
    "agrees_to_send",
    "consent_question",
    "controllers",
    "limit_question",
]
