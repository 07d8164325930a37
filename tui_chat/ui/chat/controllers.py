"""The controllers of the chat screen. Imported after the first paint."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tui_chat.ui.attachments.draft_attachments import DraftAttachments
from tui_chat.ui.attachments.file_completion import FileCompletion
from tui_chat.ui.chat.commands import Commands
from tui_chat.ui.chat.comparing.comparing import Comparing
from tui_chat.ui.chat.context_meter import ContextMeter
from tui_chat.ui.chat.conversation_switcher import ConversationSwitcher
from tui_chat.ui.chat.dialogs import Dialogs
from tui_chat.ui.chat.external_editing import EditorPrefix, ExternalEditing
from tui_chat.ui.chat.message_actions import MessageActions
from tui_chat.ui.chat.part_actions import PartActions
from tui_chat.ui.chat.projects.memory_actions import MemoryActions
from tui_chat.ui.chat.projects.project_actions import ProjectActions
from tui_chat.ui.chat.prompts.prompt_library import PromptLibrary
from tui_chat.ui.chat.setting_store import SettingStore
from tui_chat.ui.chat.show_external_changes import ExternalChanges
from tui_chat.ui.chat.side_panel_control import SidePanelControl
from tui_chat.ui.chat.slash_commands import SlashCommands
from tui_chat.ui.chat.start_actions import StartActions
from tui_chat.ui.chat.tools.call_actions import CallActions
from tui_chat.ui.chat.tools.server_offers import ServerOffers
from tui_chat.ui.chat.turns.answer_alert import AnswerAlert
from tui_chat.ui.chat.turns.open_turns import OpenTurns
from tui_chat.ui.chat.turns.queueing import Queueing
from tui_chat.ui.conversations.auto_title import AutoTitle
from tui_chat.ui.find.find_controller import FindController
from tui_chat.ui.local_models.controller import LocalModels
from tui_chat.ui.prompt.draft_saver import DraftSaver

if TYPE_CHECKING:
    from tui_chat.session.services import Services
    from tui_chat.ui.chat.column import ChatColumn
    from tui_chat.ui.chat.host import Host
    from tui_chat.ui.messages.message_list import MessageList


@dataclass(frozen=True)
class Controllers:
    """The controllers of an open chat, and the list of messages that they work on."""

    services: Services
    messages: MessageList
    conversations: ConversationSwitcher
    turns: OpenTurns
    alert: AnswerAlert
    queueing: Queueing
    meter: ContextMeter
    calls: CallActions
    actions: MessageActions
    find: FindController
    titles: AutoTitle
    commands: Commands
    slash: SlashCommands
    library: PromptLibrary
    attachments: DraftAttachments
    completion: FileCompletion
    start: StartActions
    panel: SidePanelControl
    external_changes: ExternalChanges


def controllers(
    host: Host, services: Services, column: ChatColumn, messages: MessageList
) -> Controllers:
    """Return the controllers of a chat; no conversation is shown yet."""
    prompt, status = column.prompt, column.status
    turns = OpenTurns(host, messages, status)
    attachments = prompt.files = DraftAttachments(
        host,
        prompt=prompt,
        chips=column.chips,
        launch=services.launch,
        note_draft=column.note_draft,
    )
    completion = FileCompletion(
        host,
        prompt=prompt,
        menu=column.file_menu,
        here=Path.cwd(),
        home=Path.home(),
        attach=attachments.attach,
    )
    conversations = ConversationSwitcher(
        host,
        services,
        attachments=attachments,
        drafts=DraftSaver(column, services.store),
        messages=messages,
        prompt=prompt,
        status=status,
        turns=turns,
    )
    start = StartActions(
        host,
        services,
        conversations=conversations,
        messages=messages,
        prompt=prompt,
        run_command=lambda name: commands.do(name),
    )

    panel = SidePanelControl(host, services, conversations=conversations, room=column.side_room)

    def on_started() -> None:
        # Before the first message is mounted.
        start.note_change()
        host.show_title()
        panel.note_change()

    turns.on_started = on_started
    turns.on_unread = panel.mark_unread
    alert = AnswerAlert(host, services.launch)
    turns.on_reply = alert.note_reply
    queueing = Queueing(
        host,
        services,
        attachments=attachments,
        conversations=conversations,
        line=column.queue,
        prompt=prompt,
        start=host.submitting.start,
        turns=turns,
    )
    local_models = LocalModels(host, services, lambda line: column.mount(line, before=status))
    setting_store = SettingStore(host, services, column)
    dialogs = Dialogs(host, services, conversations, local_models, setting_store)
    part_actions = PartActions(host, services.launch)
    calls = CallActions(
        host,
        services,
        messages=messages,
        parts=part_actions,
        status=status,
        call_user=alert.call,
    )
    offers = ServerOffers(host, services, prompt=prompt, attachments=attachments)
    completion.offers = offers
    comparing = Comparing(
        host,
        services,
        attachments=attachments,
        messages=messages,
        prompt=prompt,
        start=host.submitting.start,
        turns=turns,
    )
    comparing.run_command = lambda name: commands.do(name)
    memory = MemoryActions(host)
    projects = ProjectActions(host, services, attachments=attachments)
    conversations.on_begun = projects.begin_as
    actions = MessageActions(
        host,
        attachments=attachments,
        beside={"files": part_actions.choose, "remember": memory.add},
        comparing=comparing,
        conversations=conversations,
        dialogs=dialogs,
        messages=messages,
        prompt=prompt,
        turns=turns,
    )
    find = FindController(host, messages)
    commands = Commands(
        host,
        conversations=conversations,
        actions=actions,
        attachments=attachments,
        comparing=comparing,
        dialogs=dialogs,
        editor=ExternalEditing(
            host, services.launch.env, actions=actions, messages=messages, prompt=prompt
        ),
        find=find,
        local_models=local_models,
        memory=memory,
        messages=messages,
        panel=panel,
        pick_prompt=lambda: library.pick(),
        projects=projects,
        status=status,
        turns=turns,
    )
    library = PromptLibrary(
        host, services, conversations=conversations, prompt=prompt, taken=commands.entries
    )
    of_project = PromptLibrary(
        host,
        services,
        conversations=conversations,
        prompt=prompt,
        taken=commands.entries,
        project_file=projects.open_file,
    )
    of_project.walk = library.walk
    slash = SlashCommands(
        host,
        prompt=prompt,
        menu=column.menu,
        is_editing=lambda: actions.editing is not None,
        sources=[commands.entries, of_project.entries, library.entries, offers.entries],
    )

    library.on_loaded = of_project.on_loaded = slash.update
    prefix = EditorPrefix(prompt)

    def takes_key(key: str) -> bool:
        """Handle a key of a list over the prompt, of the editor, or the way to the panel."""
        if prefix.take_key(key, lambda: commands.do("editor")):
            return True
        takers = (slash, completion, library.walk, calls)
        if any(taker.take_key(key) for taker in takers):
            return True
        return key == "left" and not prompt.draft and panel.enter()

    prompt.takes_key = takes_key
    return Controllers(
        services=services,
        messages=messages,
        conversations=conversations,
        turns=turns,
        alert=alert,
        queueing=queueing,
        meter=ContextMeter(host, services, messages=messages, status=status),
        calls=calls,
        actions=actions,
        find=find,
        titles=AutoTitle(host, services),
        commands=commands,
        slash=slash,
        library=library,
        attachments=attachments,
        completion=completion,
        start=start,
        panel=panel,
        external_changes=ExternalChanges(host, services, messages=messages, status=status),
    )
