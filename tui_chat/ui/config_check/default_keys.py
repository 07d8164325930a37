"""The default keys of all widgets, grouped by what is active at the same time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from textual.binding import Binding

from tui_chat.ui.app import ChatApp
from tui_chat.ui.chat.comparing.candidate_picker import CandidatePicker
from tui_chat.ui.chat.comparing.comparison_screen import ComparisonScreen
from tui_chat.ui.chat.prompts.prompt_picker import PromptPicker
from tui_chat.ui.chat.screen import ChatScreen
from tui_chat.ui.common.editing_area import EditingArea
from tui_chat.ui.common.modal import Modal
from tui_chat.ui.common.question import Question
from tui_chat.ui.conversations.picker import ConversationPicker
from tui_chat.ui.conversations.query_input import QueryInput
from tui_chat.ui.export.export_screen import ExportScreen
from tui_chat.ui.find.find_bar import FindBar, FindInput
from tui_chat.ui.help.config_problems import ConfigProblems
from tui_chat.ui.help.key_help import HelpFilter, KeyHelp
from tui_chat.ui.inspector.error_details import ErrorDetails
from tui_chat.ui.inspector.inspector_screen import WireView
from tui_chat.ui.local_models.local_models_dialog import LocalModelsDialog
from tui_chat.ui.messages.cursor.message_cursor import MessageCursor
from tui_chat.ui.messages.link_picker import LinkPicker
from tui_chat.ui.messages.message_list import MessageList
from tui_chat.ui.messages.part_picker import PartPicker
from tui_chat.ui.models.endpoint_form import EndpointForm
from tui_chat.ui.models.profile_picker import ProfilePicker
from tui_chat.ui.objects.format_picker import FormatPicker
from tui_chat.ui.objects.node_tree import NodeTree
from tui_chat.ui.objects.workbench import Workbench
from tui_chat.ui.projects.memory_editor import MemoryEditor
from tui_chat.ui.projects.project_picker import ProjectPicker
from tui_chat.ui.prompt.prompt_input import PromptInput
from tui_chat.ui.settings.key_capture import KeyCapture
from tui_chat.ui.settings.keys_screen import KeysScreen
from tui_chat.ui.settings.parameters_screen import ParametersScreen
from tui_chat.ui.settings.settings_screen import SettingsScreen
from tui_chat.ui.settings.text_editor import TextEditor
from tui_chat.ui.start.start_page import StartPage
from tui_chat.ui.text_view.line_view import LineView
from tui_chat.ui.tools.argument_editor import ArgumentEditor
from tui_chat.ui.tools.call_block import CallBlock
from tui_chat.ui.tools.elicitation_form import ElicitationForm
from tui_chat.ui.tools.full_text import FullText
from tui_chat.ui.tools.tool_picker import ToolPicker

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.dom import DOMNode

_EVERYWHERE: Final[tuple[type[DOMNode], ...]] = (ChatApp, ChatScreen)
FOCUS_GROUPS: Final[tuple[tuple[type[DOMNode], ...], ...]] = (
    (*_EVERYWHERE, PromptInput, EditingArea),
    (*_EVERYWHERE, MessageList),
    (*_EVERYWHERE, CallBlock),
    (*_EVERYWHERE, MessageCursor),
    (*_EVERYWHERE, StartPage),
    (*_EVERYWHERE, FindBar, FindInput),
    (Modal, ConversationPicker, QueryInput),
    (Modal, ArgumentEditor, EditingArea),
    (Modal, CandidatePicker),
    (Modal, ConfigProblems),
    (Modal, ElicitationForm),
    (Modal, ExportScreen),
    (Modal, FormatPicker),
    (Modal, FullText, LineView),
    (Modal, KeyHelp, HelpFilter),
    (Modal, LinkPicker),
    (Modal, LocalModelsDialog),
    (Modal, PartPicker),
    (Modal, PromptPicker),
    (Modal, Question),
    (Modal, ToolPicker),
    (Modal, ProfilePicker),
    (Modal, ProjectPicker),
    (Modal, EndpointForm),
    (Modal, SettingsScreen),
    (Modal, ParametersScreen),
    (Modal, TextEditor, EditingArea),
    (Modal, TextEditor, MemoryEditor, EditingArea),
    (Modal, KeysScreen),
    (KeyCapture,),
    (ComparisonScreen,),
    (WireView, LineView),
    (ErrorDetails, LineView),
    (Workbench, NodeTree),
)
"""Widgets that receive keys together: within a group each key must be unique."""


def binding_groups() -> list[dict[str, Binding]]:
    """Return the bindings by id of each group of widgets."""
    groups = []
    for classes in FOCUS_GROUPS:
        group: dict[str, Binding] = {}
        for cls in classes:
            for binding in vars(cls).get("BINDINGS", ()):
                if isinstance(binding, Binding) and binding.id:
                    group.setdefault(binding.id, binding)
        groups.append(group)
    return groups


def default_keys(classes: Iterable[type[DOMNode]]) -> dict[str, str]:
    """Return the default keys of all actions of some classes, by action."""
    keys: dict[str, str] = {}
    for cls in classes:
        for binding in vars(cls).get("BINDINGS", ()):
            if isinstance(binding, Binding) and binding.id:
                keys.setdefault(binding.id, binding.key)
    return keys
