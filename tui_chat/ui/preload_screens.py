"""Screens that open over the chat, preloaded in a thread once the chat is ready.

Importing one on its first key press would block the loop for 20 to 35 ms (measured).
"""

from textual.highlight import HighlightTheme

from tui_chat.ui.attachments.read_file import read_file
from tui_chat.ui.chat.comparing.candidate_picker import CandidatePicker
from tui_chat.ui.chat.comparing.comparison_screen import ComparisonScreen
from tui_chat.ui.chat.tools.open_result import ResultOpener
from tui_chat.ui.conversations.picker import ConversationPicker
from tui_chat.ui.export.attachment_saver import AttachmentSaver
from tui_chat.ui.help.key_help import KeyHelp
from tui_chat.ui.inspector.error_details import ErrorDetails
from tui_chat.ui.inspector.inspector_screen import WireView
from tui_chat.ui.messages.link_picker import LinkPicker
from tui_chat.ui.models.change_profiles import ChangeProfiles
from tui_chat.ui.models.profile_picker import ProfilePicker
from tui_chat.ui.settings.settings_screen import SettingsScreen
from tui_chat.ui.tools.call_block import CallBlock

__all__ = [
    "AttachmentSaver",
    "CallBlock",
    "CandidatePicker",
    "ChangeProfiles",
    "ComparisonScreen",
    "ConversationPicker",
    "ErrorDetails",
    "HighlightTheme",
    "KeyHelp",
    "LinkPicker",
    "ProfilePicker",
    "ResultOpener",
    "SettingsScreen",
    "WireView",
    "read_file",
]
