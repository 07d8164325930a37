"""A cursor in a message: moves, selects, copies, quotes, and opens links by keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.geometry import Offset
from textual.message import Message as TextualMessage
from textual.selection import Selection

from tui_chat.core.labels import _, ngettext
from tui_chat.ui.commands.command import bindings_for
from tui_chat.ui.commands.cursor_table import CURSOR_COMMANDS
from tui_chat.ui.common.copying import CopyKind, CopyWanted
from tui_chat.ui.common.links import LinkWanted
from tui_chat.ui.common.title_line import TitleLine
from tui_chat.ui.messages.cursor.text_cursor import TextCursor
from tui_chat.ui.messages.cursor.text_rows import rows_of, texts_of
from tui_chat.ui.terminal.textual_internals import keymap_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events
    from textual.binding import BindingType

    from tui_chat.ui.common.select_words import SelectsWords
    from tui_chat.ui.messages.cursor.text_cursor import Span
    from tui_chat.ui.messages.message_list import MessageList
    from tui_chat.ui.messages.message_view import MessageView
    from tui_chat.ui.messages.virtual_list import VirtualList


class MessageCursor(TitleLine, can_focus=True):
    """The line below a message that has a cursor; its keys move the cursor.

    The cursor is a selection of the screen, so it is painted and copied as one with the mouse.
    """

    DEFAULT_CSS = """
    MessageCursor {
        padding: 0 1 0 2;
        color: $text-accent;
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [*bindings_for(CURSOR_COMMANDS)]

    @dataclass
    class Quoted(TextualMessage):
        """The user quotes a part of the message."""

        text: str
        """As Markdown, with a blank line at its end."""

    def __init__(self, view: MessageView, column: VirtualList) -> None:
        """Create the cursor at the first visible row of a message.

        Args:
            view: The message, which gets the focus back.
            column: Scrolls to the cursor.
        """
        super().__init__()
        self._view = view
        self._column = column
        self._widgets: Sequence[SelectsWords] = texts_of(view)
        self._texts = [rows_of(widget) for widget in self._widgets]
        self._cursor = TextCursor(self._texts)

    def on_mount(self) -> None:
        """Take the focus, and show the cursor on a visible row."""
        self.focus(scroll_visible=False)
        top = self._column.region.y
        while self._row_on_screen() < top and self._cursor.move("down"):
            pass
        self._show()

    def on_key(self, event: events.Key) -> None:
        """Keep letters that are no keys of the cursor from the message.

        Esc ends the cursor and then does what it does everywhere: it stops the answer, or goes back
        to the prompt.
        """
        keys = keymap_of(self.app)
        own = {key for it in CURSOR_COMMANDS for key in keys.get(it.binding_id, it.key).split(",")}
        if event.key in keys.get("turn.stop", "escape").split(","):
            self._end()
        elif event.is_printable and event.key not in own:
            event.stop()
            self.app.bell()

    def on_blur(self) -> None:
        """End when the focus moves on, but not with that of the terminal."""
        if self.app.app_focus:
            self._end()

    def action_move(self, name: str) -> None:
        """Move the cursor; the end of a selection moves with it."""
        if self._cursor.move(name):
            self._show()
        else:
            self.app.bell()

    def action_select(self) -> None:
        """Begin a selection at the cursor, or end it."""
        self._cursor.toggle_selection()
        self._show()

    def action_copy(self) -> None:
        """Copy the selection, or the paragraph at the cursor."""
        self.post_message(CopyWanted(self._chosen(), CopyKind.SELECTION))
        self._cursor.anchor = None
        self._show()

    def action_quote(self) -> None:
        """Quote the selection, or the paragraph at the cursor, in the prompt."""
        lines = self._chosen().rstrip("\n").split("\n")
        quoted = "\n".join(f"> {line}".rstrip() for line in lines)
        self.post_message(self.Quoted(f"{quoted}\n\n"))
        self._end()

    def action_open(self) -> None:
        """Open the link at the cursor."""
        if (target := self._cursor.link) is not None:
            self.post_message(LinkWanted(target))
        else:
            self.app.bell()

    def action_leave(self) -> None:
        """End the cursor; the message gets the focus back."""
        self._view.focus(scroll_visible=False)

    def _chosen(self) -> str:
        cursor = self._cursor
        spans = [cursor.paragraph()] if cursor.anchor is None else cursor.selected()
        texts = (self._widgets[it.text].get_selection(_selection(it)) for it in spans)
        return "\n\n".join(found[0] for found in texts if found is not None)

    def _show(self) -> None:
        cursor = self._cursor
        spans = cursor.selected()
        self.screen.selections = {self._widgets[it.text]: _selection(it) for it in spans}
        if cursor.anchor is not None:
            count = len(self._chosen())
            left = ngettext("{count} character selected", "{count} characters selected", count)
        else:
            left = cursor.link or _("cursor")
        self.show(left)
        row, region = self._row_on_screen(), self._column.region
        if row < region.y:
            self._column.scroll_relative(y=row - region.y, animate=False)
        elif row >= region.bottom:
            self._column.scroll_relative(y=row - region.bottom + 1, animate=False)

    def _row_on_screen(self) -> int:
        place = self._cursor.place
        row = self._texts[place.text].screen_row(place.y, place.x)
        return self._widgets[place.text].content_region.y + row

    def _end(self) -> None:
        if self.is_attached:
            self.screen.clear_selection()
            self.remove()


def begin_cursor(messages: MessageList) -> bool:
    """Show a cursor in the focused message; return False if it has no text."""
    view = messages.focused_view
    if view is None or not texts_of(view):
        return False
    view.mount(MessageCursor(view, messages.virtual_list))
    return True


def _selection(span: Span) -> Selection:
    (y1, x1), (y2, x2) = span.start, span.end
    return Selection(Offset(x1, y1), Offset(x2, y2))
