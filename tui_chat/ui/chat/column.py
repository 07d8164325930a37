"""The column of the open conversation: its widgets, and the way of their messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.containers import Vertical

from tui_chat.core.attached_paths import join_paths
from tui_chat.core.labels import _
from tui_chat.ui.attachments.attachment_chips import AttachmentChips
from tui_chat.ui.attachments.file_menu import FileMenu
from tui_chat.ui.chat.status_line import StatusLine
from tui_chat.ui.commands.slash_menu import SlashMenu
from tui_chat.ui.common.footer_line import KeyFooter
from tui_chat.ui.common.key_names import live_keys
from tui_chat.ui.common.title_line import TitleLine
from tui_chat.ui.labels import NO_TEXT, more_below_label
from tui_chat.ui.prompt.prompt_box import PromptBox
from tui_chat.ui.prompt.prompt_input import PromptInput

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from tui_chat.config.ui_settings import UiSettings
    from tui_chat.ui.chat.host import Host
    from tui_chat.ui.chat.side_room import SideRoom
    from tui_chat.ui.find.find_bar import FindBar
    from tui_chat.ui.messages.cursor.message_cursor import MessageCursor
    from tui_chat.ui.messages.message_list import MessageList
    from tui_chat.ui.messages.message_parts import MessageParts
    from tui_chat.ui.messages.virtual_list import VirtualList
    from tui_chat.ui.tools.call_block import CallBlock


class ChatColumn(Vertical):
    """Lays out title, messages, prompt, status line and footer; passes their messages on.

    Attributes:
        host: Receives the messages; set before the column is mounted.
        side_room: The room for the side panel, beside the column.
    """

    DEFAULT_CSS = """
    ChatColumn {
        height: 100%;
        #title { text-style: bold; &:hover { background: $boost; } }
        #queue { color: $text-accent; }
        #messages { height: 1fr; layers: default above; }
    }
    """

    host: Host

    def __init__(self, ui: UiSettings, side_room: SideRoom) -> None:
        super().__init__(id="column")
        self.set_width(ui.width)
        self.title = TitleLine(id="title")
        self.menu = SlashMenu()
        self.queue = TitleLine(id="queue")
        self.queue.display = False
        self.prompt = PromptInput(cursor_blink=ui.cursor_blink)
        self.file_menu = FileMenu()
        self.chips = AttachmentChips()
        self.box = PromptBox(self.prompt, self.chips)
        self.status = StatusLine()
        self.footer = KeyFooter()
        self.side_room = side_room

    def set_width(self, width: int) -> None:
        """Limit the width of the text."""
        # Plus margin, edge, a space at each side, and the scroll bar.
        self.styles.max_width = width + 5

    def compose(self) -> ComposeResult:
        """Yield the widgets of the first paint; the messages come after it."""
        yield self.title
        yield Vertical(id="messages")
        yield self.menu
        yield self.file_menu
        yield self.queue
        yield self.box
        yield self.status
        yield self.footer

    # The prompt

    @on(PromptInput.Submitted)
    def _accept(self, event: PromptInput.Submitted) -> None:
        self.host.submitting.accept(event.text)

    @on(PromptInput.Changed)
    def note_draft(self) -> None:
        """Save the draft soon, and filter the list after `/`."""
        self.host.collector.put_off()
        self.status.note_draft_change(self.prompt.draft)
        if (parts := self.host.parts) is not None:
            parts.slash.note_change()
            parts.completion.note_change()
            if (session := self.host.session) is not None:
                draft = join_paths(self.prompt.draft, parts.attachments.paths)
                parts.conversations.drafts.note(session, draft)

    @on(PromptInput.PastesChanged)
    def _note_pastes(self) -> None:
        self.note_draft()
        self.host.show_around()

    @on(PromptInput.Left)
    def _enter_messages(self) -> None:
        parts = self.host.parts
        if parts is None or not (
            parts.queueing.take_back() or parts.start.enter() or parts.messages.enter()
        ):
            self.prompt.action_older_question()

    @on(PromptInput.Followed)
    def _follow(self) -> None:
        if (parts := self.host.parts) is not None:
            parts.messages.virtual_list.follow()

    @on(PromptInput.Paged)
    def _page(self, event: PromptInput.Paged) -> None:
        if (parts := self.host.parts) is not None:
            column = parts.messages.virtual_list
            scroll = column.scroll_page_up if event.pages < 0 else column.scroll_page_down
            scroll(animate=False)

    @on(PromptInput.UndoWanted)
    def _undo_delete(self) -> None:
        parts = self.host.parts
        if parts is not None and not parts.attachments.undo():
            parts.commands.do("undo")

    @on(FileMenu.Chosen)
    def _choose_file(self, event: FileMenu.Chosen) -> None:
        if (parts := self.host.parts) is not None:
            parts.completion.choose(event.path)

    @on(AttachmentChips.Removed)
    def _remove_file(self, event: AttachmentChips.Removed) -> None:
        if (parts := self.host.parts) is not None:
            parts.attachments.remove(event.index)

    @on(SlashMenu.Chosen)
    def _choose_command(self, event: SlashMenu.Chosen) -> None:
        if (parts := self.host.parts) is not None:
            parts.slash.choose(event.entry)

    @on(TitleLine.Clicked, "#title")
    def _change_title_or_model(self, event: TitleLine.Clicked) -> None:
        if (parts := self.host.parts) is not None:
            parts.commands.do("model" if event.is_right else "rename")

    # The messages

    def on_message_list_wanted(self, event: MessageList.Wanted) -> None:
        """Run an action on a message."""
        if event.action == "cursor":
            self._begin_cursor()
        elif (parts := self.host.parts) is not None:
            parts.actions.do(event.action, event.message)

    def on_message_parts_clicked(self, event: MessageParts.Clicked) -> None:
        """List the files and sources of a message whose lines were clicked."""
        if (parts := self.host.parts) is not None:
            parts.actions.do("files", event.message)

    def on_message_list_notice(self, event: MessageList.Notice) -> None:
        """Show why a key on a message did nothing."""
        self.host.show_notice(event.text)

    def on_call_block_wanted(self, event: CallBlock.Wanted) -> None:
        """Carry out the key of a tool call."""
        if (parts := self.host.parts) is not None:
            parts.calls.do(event)

    def on_call_block_left(self, event: CallBlock.Left) -> None:
        """Go on from the tool calls of a message."""
        if (parts := self.host.parts) is not None:
            parts.calls.leave(event)

    def on_call_block_ignored(self, event: CallBlock.Ignored) -> None:
        """Show why a key on a tool call did nothing."""
        self.host.show_notice(event.reason.label, "warning")

    def _begin_cursor(self) -> None:
        from tui_chat.ui.messages.cursor.message_cursor import begin_cursor

        parts = self.host.parts
        if parts is not None and not begin_cursor(parts.messages):
            self.host.show_notice(_(NO_TEXT))

    def on_message_cursor_quoted(self, event: MessageCursor.Quoted) -> None:
        """Add a quote to the prompt."""
        before = self.prompt.draft.rstrip("\n")
        self.prompt.set_draft(f"{before}\n\n{event.text}" if before else event.text)
        self.prompt.focus()

    def on_message_list_left(self) -> None:
        """Go back to the prompt."""
        self.prompt.focus()

    def on_find_bar_wanted(self, event: FindBar.Wanted) -> None:
        """Run an action of the search."""
        if (parts := self.host.parts) is not None:
            parts.find.do(event.action)

    def on_virtual_list_end_moved(self, event: VirtualList.EndMoved) -> None:
        """Show above the prompt that there is more below the visible messages."""
        key = live_keys(self.screen).get("prompt.follow", "")
        text = "" if event.is_followed else more_below_label(event.new_messages, key)
        self.box.border_title = text

    @on(StatusLine.PauseChanged)
    def _show_keys(self) -> None:
        self.host.show_keys()
