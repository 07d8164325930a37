"""The messages of the open conversation, and the keys that work on them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from textual.containers import Vertical
from textual.message import Message as TextualMessage

from tui_chat.core.conversation import Role
from tui_chat.core.labels import _
from tui_chat.session.comparison.lane import turn_of
from tui_chat.session.external_changes import is_answered_elsewhere
from tui_chat.ui.commands.command import bindings_for
from tui_chat.ui.commands.message_table import MESSAGE_COMMANDS
from tui_chat.ui.common.copying import CopyKind, CopyWanted
from tui_chat.ui.common.links import LinksWanted
from tui_chat.ui.find.find_bar import FindBar
from tui_chat.ui.labels import NO_TEXT, no_code_block_notice, no_landmark_notice
from tui_chat.ui.messages.boundary_note import boundary_label
from tui_chat.ui.messages.find_highlighter import FindHighlighter
from tui_chat.ui.messages.message_view import MessageView
from tui_chat.ui.messages.number_keys import NumberKeys
from tui_chat.ui.messages.virtual_list import VirtualList
from tui_chat.ui.terminal.input.key_queue import KeyWork
from tui_chat.ui.terminal.painting.flat_background import FlatBackground
from tui_chat.ui.tools.waiting_calls import WaitingCalls

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual import events
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from tui_chat.core.conversation import Message
    from tui_chat.session.session import ChatSession
    from tui_chat.ui.markdown.document import CodeBlock, Document
    from tui_chat.ui.messages.message_header import MessageHeader

_DOUBLE: Final = 2
_CHANGING: Final = frozenset(
    {
        "edit",
        "again",
        "compare",
        "continue",
        "fork",
        "delete",
        "delete_alone",
        "undo",
        "fix",
        "leave_out",
    }
    | {"previous_version", "next_version"}
)
"""Actions that delete, send or change messages. They are ignored right after a click, because the
letter may have been meant for the prompt."""


class MessageList(Vertical, FlatBackground):
    """The messages of the open conversation, and the keys that work on the focused one.

    Attributes:
        virtual_list: Mounts the messages and scrolls.
        highlighter: Highlights the matches of a search in them.
        waiting: The tool calls that wait for the user.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*bindings_for(MESSAGE_COMMANDS)]

    class Left(TextualMessage):
        """The user goes back to the prompt."""

    @dataclass
    class Wanted(TextualMessage):
        """The user requests an action on a message."""

        action: str
        """The id of the binding without `message.`."""
        message: Message

    @dataclass
    class Notice(TextualMessage):
        """A key had no effect."""

        text: str
        """The reason, for the user."""

    def __init__(
        self,
        session: Callable[[], ChatSession | None] = lambda: None,
        is_unsaved: Callable[[Message], bool] = lambda _: False,
    ) -> None:
        """Create an empty list.

        Args:
            session: Returns the session of the open conversation, if one is open.
            is_unsaved: Returns True for a message that is not in the database yet.
        """
        super().__init__()
        self.virtual_list = VirtualList(self._new_view)
        self.highlighter = FindHighlighter(self.virtual_list)
        self.waiting = WaitingCalls()
        self._session = session
        self._is_unsaved = is_unsaved
        self._number_keys: NumberKeys[CodeBlock] = NumberKeys(self, self._copy_block)
        self._is_mouse_entry = False

    def compose(self) -> ComposeResult:
        """Build the list."""
        yield self.virtual_list

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Disable the find keys while no search runs."""
        return self.highlighter.is_active if action == "find" else True

    @property
    def focused_view(self) -> MessageView | None:
        """The message that has the focus."""
        focused = self.screen.focused
        return focused if isinstance(focused, MessageView) else None

    def enter(self) -> bool:
        """Focus the last message, or its first waiting call; return False when there is none."""
        if not self.virtual_list.messages:
            return False
        self._is_mouse_entry = False
        self.run_worker(
            self._go(len(self.virtual_list.messages) - 1, seeks_call=True),
            group=KeyWork.GO,
            exclusive=True,
        )
        return True

    def update_around(self) -> None:
        """Update what is shown above the mounted messages: their version and the boundary note."""
        session = self._session()
        if session is not None:
            for view in self.virtual_list.views:
                view.show_note(boundary_label(session, view.shown))
                view.show_version(session.branches.version_number(view.shown))

    def show_unsaved(self) -> None:
        """Update the mark of unsaved messages."""
        for view in self.virtual_list.views:
            view.show_unsaved(self._is_unsaved(view.shown))

    def focus_mounted(self, message_id: str | None) -> None:
        """Focus a message if it is mounted; nothing scrolls."""
        for view in self.virtual_list.views:
            if view.shown.id == message_id:
                view.focus(scroll_visible=False)

    async def show_message(self, message_id: str | None, *, is_focused: bool = True) -> bool:
        """Bring a message into view; return False when it is not on the path.

        Args:
            message_id: Its id.
            is_focused: Whether it gets the focus.
        """
        for index, message in enumerate(self.virtual_list.messages):
            if message.id == message_id:
                await (self._go(index) if is_focused else self.virtual_list.reveal(index))
                return True
        return False

    def on_click(self, event: events.Click) -> None:
        """Enter the messages by a double click; a single one leaves the focus in the prompt."""
        if self.focused_view is None and event.chain < _DOUBLE:
            return
        self._is_mouse_entry = True
        for node in event.widget.ancestors_with_self if event.widget is not None else ():
            if isinstance(node, MessageView):
                node.focus(scroll_visible=False)

    def on_message_header_version_wanted(self, event: MessageHeader.VersionWanted) -> None:
        """Show another version of a message whose mark was clicked."""
        event.stop()
        action = "next_version" if event.step > 0 else "previous_version"
        self.post_message(self.Wanted(action, event.message))

    def on_key(self, event: events.Key) -> None:
        """Accept all actions again after a key that could not be meant for the prompt."""
        if not event.is_printable:
            self._is_mouse_entry = False

    async def action_move(
        self, step: int, leaves: bool = False, passes_calls: bool = False
    ) -> None:
        """Go to the previous or next message, or down into the tool calls of this one.

        Args:
            step: -1 or 1.
            leaves: Whether a step beyond the last message leads to the prompt.
            passes_calls: Whether the calls of this message are behind the user.
        """
        index, view = self.focused_index, self.focused_view
        if step > 0 and not passes_calls and view is not None and view.calls:
            view.calls[0].focus()
        elif index is not None and 0 <= index + step < len(self.virtual_list.messages):
            await self._go(index + step)
        elif leaves and index is not None:
            self.post_message(self.Left())

    async def action_go(self, index: int) -> None:
        """Go to the first (0) or the last (-1) message."""
        await self._go(index % len(self.virtual_list.messages))

    async def action_question(self, step: int) -> None:
        """Go to the previous or next question."""
        index = self.focused_index
        while index is not None and 0 <= index + step < len(self.virtual_list.messages):
            index += step
            if self.virtual_list.messages[index].role is Role.USER:
                await self._go(index)
                return
        text = _("There is no next question.") if step > 0 else _("There is no previous question.")
        self.post_message(self.Notice(text))

    def action_landmark(self, kind: str, step: int) -> None:
        """Scroll to the previous or next heading or code block of the focused message."""
        view = self.focused_view
        rows = view.landmarks(kind) if view is not None else []
        top = view.virtual_region.y if view is not None else 0
        here = self.virtual_list.scroll_y
        wanted = [top + row for row in rows]
        beyond = [row for row in wanted if (row > here if step > 0 else row < here)]
        target = beyond[0 if step > 0 else -1] if beyond else here
        # Near the end of the conversation, a visible row may not reach the top.
        if round(min(target, self.virtual_list.max_scroll_y)) == round(here):
            text = no_landmark_notice(kind, step, is_any=bool(rows), is_in_view=bool(beyond))
            self.post_message(self.Notice(text))
        else:
            self.virtual_list.scroll_to(y=target, animate=False)

    def action_find(self, step: int) -> None:
        """Go to the next or the previous match."""
        self.post_message(FindBar.Wanted("next" if step > 0 else "previous"))

    def action_links(self) -> None:
        """List the links of the focused message."""
        links = self.focused_view.links if self.focused_view is not None else []
        if links:
            self.post_message(LinksWanted(links))
        else:
            self.post_message(self.Notice(_("This message has no links.")))

    def action_copy(self) -> None:
        """Copy the focused message."""
        message = self._focused_message
        if message is not None:
            reply = _streaming_reply(self._session(), message)
            text = (reply or message).content
            if text:
                self.post_message(CopyWanted(text, CopyKind.MESSAGE))
            else:
                self.post_message(self.Notice(_(NO_TEXT)))

    def action_copy_all(self) -> None:
        """Copy the shown path as Markdown."""
        from tui_chat.import_export.export.markdown import path_text

        self.post_message(CopyWanted(path_text(self.virtual_list.messages), CopyKind.CONVERSATION))

    def action_copy_block(self, digit: int) -> None:
        """Copy a code block of the focused message; its number may have several digits."""
        view = self.focused_view
        self._number_keys.press(digit, view.code_blocks if view is not None else [])

    def _copy_block(self, number: int, blocks: Sequence[CodeBlock]) -> None:
        if 1 <= number <= len(blocks):
            text = blocks[number - 1].text
            self.post_message(CopyWanted(text, CopyKind.CODE_BLOCK, number))
        else:
            self.post_message(self.Notice(no_code_block_notice(number, len(blocks))))

    async def run_command(self, action: str, message_id: str) -> None:
        """Run an action that the user chose by its name, on a message that gets the focus.

        Args:
            action: The action of a binding of this list.
            message_id: The message, mounted or not.
        """
        self._is_mouse_entry = False
        await self.show_message(message_id, is_focused=False)
        view = next((it for it in self.virtual_list.views if it.shown.id == message_id), None)
        if view is not None:
            # At once: `focus` would wait, and the action works on the focused message.
            self.screen.set_focus(view, scroll_visible=False)
            await self.app.run_action(action, self)

    def action_want(self, action: str) -> None:
        """Request an action on the focused message."""
        message = self._focused_message
        if message is not None:
            is_stray = self._is_mouse_entry and action in _CHANGING
            self.post_message(self.Wanted("stray" if is_stray else action, message))

    def action_fold(self) -> None:
        """Open a structured answer, or fold or unfold reasoning or a long question."""
        message, view = self._focused_message, self.focused_view
        if message is not None and message.structured is not None:
            self.action_want("workbench")
        elif view is not None and not view.toggle_fold():
            self.post_message(self.Notice(_("Nothing in this message can be folded.")))

    def action_form(self) -> None:
        """Show the object of the focused message in its next view."""
        view = self.focused_view
        if view is not None and not view.flip_form():
            self.post_message(self.Notice(_("This message has no object and no formulas.")))

    def action_leave(self) -> None:
        """Go back to the prompt."""
        self.post_message(self.Left())

    @property
    def focused_index(self) -> int | None:
        """The number of the focused message, from 0; None if the focus is elsewhere."""
        view = self.focused_view
        return self.virtual_list.mounted.index_of(view) if view is not None else None

    @property
    def _focused_message(self) -> Message | None:
        index = self.focused_index
        return self.virtual_list.messages[index] if index is not None else None

    def _new_view(self, message: Message, document: Document | None) -> MessageView:
        session = self._session()
        if session is None:
            view = MessageView(message, document=document)
        else:
            view = MessageView(
                message,
                session.branches.version_number(message),
                note=boundary_label(session, message),
                is_answered_elsewhere=is_answered_elsewhere(session, message),
                document=document,
                waiting=self.waiting,
            )
        if (reply := _streaming_reply(session, message)) is not None:
            view.grow(reply)
        self.highlighter.apply(view)
        view.show_unsaved(self._is_unsaved(message))
        return view

    async def _go(self, index: int, *, seeks_call: bool = False) -> None:
        """Focus a message, or a call of it that waits, and bring it into view."""
        view = self.virtual_list.mounted.last_view
        if index == len(self.virtual_list.messages) - 1 and view is not None:
            self.virtual_list.follow()
        else:
            view = await self.virtual_list.reveal(index)
        waiting = next((it for it in view.calls if it.needs_user), None) if seeks_call else None
        if waiting is not None:
            waiting.focus()
        else:
            view.focus(scroll_visible=False)


def _streaming_reply(session: ChatSession | None, message: Message) -> Message | None:
    """Return a reply as far as it has arrived; None for any other message."""
    turn = turn_of(session, message.id) if session is not None else None
    return turn.snapshot() if turn is not None else None
