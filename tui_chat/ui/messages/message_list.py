"""The messages of the open conversation, and the keys that work on them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from textual.binding import Binding, BindingType
from textual.message import Message as TextualMessage

from tui_chat.core.conversation import Role
from tui_chat.core.stream_events import TextDelta
from tui_chat.import_export.export.markdown import path_text
from tui_chat.ui.common.copying import CopyWanted
from tui_chat.ui.common.links import LinksWanted
from tui_chat.ui.find.find_bar import FindBar
from tui_chat.ui.labels import no_block_words, no_landmark_words
from tui_chat.ui.messages.find_highlighter import FindHighlighter
from tui_chat.ui.messages.message_view import MessageView
from tui_chat.ui.messages.number_keys import NumberKeys
from tui_chat.ui.terminal.key_queue import KeyWork

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events

    from tui_chat.core.conversation import Message
    from tui_chat.ui.markdown.document import CodeBlock

_DOUBLE: Final = 2
_CHANGING: Final = frozenset(
    {"edit", "again", "continue", "fork", "delete", "undo", "fix", "leave_out"}
    | {"previous_version", "next_version"}
)
"""Actions that delete, send, or change what is sent. They are not carried out right after a click:
the letter may have been meant for the prompt."""


class MessageList(FindHighlighter):
    """A column of messages; one of them may have the focus, and then has keys."""

    BINDINGS: ClassVar[list[BindingType]] = [
        # First, so that they come before what these keys do while nothing is looked for.
        *(
            Binding(key, f"find({step})", words, id=f"message.find_{words}", tooltip=tooltip)
            for key, step, words, tooltip in (
                ("n,enter", 1, "next", "The next match of what is looked for (Ctrl+F)"),
                ("N", -1, "previous", "The match before"),
            )
        ),
        Binding("up,k", "move(-1)", "up", id="message.previous", tooltip="The message before"),
        Binding("j", "move(1)", "down", id="message.next", tooltip="The message after"),
        Binding(
            "down",
            "move_or_leave",
            "down",
            id="message.next_or_prompt",
            tooltip="The message after; after the last one the prompt",
        ),
        Binding("g,home", "go(0)", "first", id="message.first", tooltip="The first message"),
        Binding("G,end", "go(-1)", "last", id="message.last", tooltip="The last message"),
        Binding(
            "K",
            "question(-1)",
            "question",
            id="message.previous_question",
            tooltip="Question before",
        ),
        Binding(
            "J", "question(1)", "question", id="message.next_question", tooltip="Question after"
        ),
        *(
            Binding(
                key,
                f"landmark('{kind}', {step})",
                id=f"message.{side}_{kind}",
                tooltip=f"{words} {'before' if step < 0 else 'after'}, in this message",
            )
            for kind, words, keys in (("heading", "Heading", "HL"), ("code", "Code block", "Bb"))
            for key, step, side in ((keys[0], -1, "previous"), (keys[1], 1, "next"))
        ),
        Binding("l", "links", "links", id="message.links", tooltip="The links of the message"),
        Binding("y", "copy", "copy", id="message.copy", tooltip="Copy the message"),
        Binding("Y", "copy_all", id="message.copy_all", tooltip="Copy the whole conversation"),
        *(
            Binding(
                str(digit),
                f"copy_block({digit})",
                id=f"message.copy_block_{digit}",
                tooltip="Copy the code block with this number; from 10 on two digits",
            )
            for digit in (*range(1, 10), 0)
        ),
        *(
            Binding(key, f"want('{action}')", words, id=f"message.{action}", tooltip=tooltip)
            for key, action, words, tooltip in (
                ("e", "edit", "edit", "Edit and ask again; an answer: edit it"),
                ("r", "again", "another answer", "Another answer"),
                ("c", "continue", "continue", "Continue an answer that was cut"),
                ("left_square_bracket", "previous_version", "version", "The version before"),
                ("right_square_bracket", "next_version", "version", "The version after"),
                ("f", "fork", "fork", "Go on from here in a conversation of its own"),
                ("d", "delete", "delete", "Delete the message and what follows it"),
                ("u,ctrl+underscore", "undo", "undo", "Bring back what was deleted last"),
                ("x", "fix", "fix", "Have the model put its object right, as another answer"),
                ("v", "details", "details", "Why it failed, in full"),
                (
                    "o",
                    "leave_out",
                    "leave out the oldest",
                    "Ask again without the oldest turns, when the context is full",
                ),
            )
        ),
        Binding(
            "enter",
            "fold",
            "fold",
            id="message.fold",
            tooltip="Open an object; else fold or unfold the reasoning, or a long question",
        ),
        Binding(
            "t", "form", "form", id="message.form", tooltip="An object as tree, text or raw answer"
        ),
        Binding("i", "leave", "prompt", id="message.leave", tooltip="Back to the prompt"),
    ]

    class Left(TextualMessage):
        """The person goes back to the prompt."""

    @dataclass
    class Wanted(TextualMessage):
        """The person wants something done with a message."""

        action: str
        """What: the name of the binding without its `message.`."""
        message: Message

    @dataclass
    class Told(TextualMessage):
        """A key found nothing to work on; the words say what."""

        words: str

    def __init__(self) -> None:
        super().__init__()
        self._number_keys: NumberKeys[CodeBlock] = NumberKeys(self, self._copy_block)
        self._is_mouse_entry = False

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Switch the keys of the search off while nothing is looked for."""
        return self.is_marked if action == "find" else True

    @property
    def focused_view(self) -> MessageView | None:
        """The message that has the focus."""
        focused = self.screen.focused
        return focused if isinstance(focused, MessageView) else None

    def enter(self) -> bool:
        """Give the last message the focus; say whether there is one."""
        if not self.messages:
            return False
        self._is_mouse_entry = False
        self.run_worker(self._go(len(self.messages) - 1), group=KeyWork.GO, exclusive=True)
        return True

    def show_notes(self) -> None:
        """Show what stands above each message, as it is now."""
        for view in self.views:
            view.show_note(self.note_of(view.shown))

    def show_unsaved(self) -> None:
        """Show at each message whether it is not saved yet, as it is now."""
        for view in self.views:
            view.show_unsaved(self.is_unsaved(view.shown))

    def focus_mounted(self, message_id: str | None) -> None:
        """Give a message the focus if it is mounted; nothing scrolls."""
        for view in self.views:
            if view.shown.id == message_id:
                view.focus(scroll_visible=False)

    async def show_message(self, message_id: str | None) -> None:
        """Bring a message into view; the focus stays where it is."""
        for index, message in enumerate(self.messages):
            if message.id == message_id:
                await self.reveal(index)

    async def focus_message(self, message_id: str | None) -> bool:
        """Give a message the focus; say whether it is there."""
        for index, message in enumerate(self.messages):
            if message.id == message_id:
                await self._go(index)
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

    def on_key(self, event: events.Key) -> None:
        """Take a key that types nothing as a sign that the user means the messages."""
        if not event.is_printable:
            self._is_mouse_entry = False

    async def action_move(self, step: int) -> None:
        """Go to the message before or after, if there is one."""
        index = self._focused_index
        if index is not None and 0 <= index + step < len(self.messages):
            await self._go(index + step)

    async def action_move_or_leave(self) -> None:
        """Go to the message after; after the last one comes the prompt."""
        if self._focused_index == len(self.messages) - 1:
            self.post_message(self.Left())
        else:
            await self.action_move(1)

    async def action_go(self, index: int) -> None:
        """Go to the first (0) or the last (-1) message."""
        await self._go(index % len(self.messages))

    async def action_question(self, step: int) -> None:
        """Go to the question before or after."""
        index = self._focused_index
        while index is not None and 0 <= index + step < len(self.messages):
            index += step
            if self.messages[index].role is Role.USER:
                await self._go(index)
                return
        self.post_message(self.Told(f"No question comes {'after' if step > 0 else 'before'} this."))

    def action_landmark(self, kind: str, step: int) -> None:
        """Scroll to the heading or code block before or after, within the focused message."""
        view = self.focused_view
        rows = view.landmarks(kind) if view is not None else []
        top = view.virtual_region.y if view is not None else 0
        here = self.scroll_y
        wanted = [top + row for row in rows]
        beyond = [row for row in wanted if (row > here if step > 0 else row < here)]
        target = beyond[0 if step > 0 else -1] if beyond else here
        # Near the end of the conversation, what is in view cannot come to the top.
        if round(min(target, self.max_scroll_y)) == round(here):
            words = no_landmark_words(kind, step, is_any=bool(rows), is_in_view=bool(beyond))
            self.post_message(self.Told(words))
        else:
            self.scroll_to(y=target, animate=False)

    def action_find(self, step: int) -> None:
        """Go to the next match or the one before."""
        self.post_message(FindBar.Wanted("next" if step > 0 else "previous"))

    def action_links(self) -> None:
        """List the links of the focused message."""
        links = self.focused_view.links if self.focused_view is not None else []
        if links:
            self.post_message(LinksWanted(links))
        else:
            self.post_message(self.Told("This message has no links."))

    def action_copy(self) -> None:
        """Copy the focused message."""
        message = self._focused_message
        if message is not None:
            # A reply that still arrives has its text in its deltas.
            arrived = [it.text for it in self._live if isinstance(it, TextDelta)]
            is_live = message is self.messages[-1]
            text = message.content + ("".join(arrived) if is_live else "")
            if text:
                self.post_message(CopyWanted(text, "message"))
            else:
                self.post_message(self.Told("This message has no text."))

    def action_copy_all(self) -> None:
        """Copy all that is shown, as Markdown."""
        self.post_message(CopyWanted(path_text(self.messages), "conversation"))

    def action_copy_block(self, digit: int) -> None:
        """Copy a code block of the focused message; among ten or more it takes two digits."""
        view = self.focused_view
        self._number_keys.press(digit, view.code_blocks if view is not None else [])

    def _copy_block(self, number: int, blocks: Sequence[CodeBlock]) -> None:
        if 1 <= number <= len(blocks):
            self.post_message(CopyWanted(blocks[number - 1].text, f"code block {number}"))
        else:
            self.post_message(self.Told(no_block_words(number, len(blocks))))

    def action_want(self, action: str) -> None:
        """Have something done with the focused message."""
        message = self._focused_message
        if message is not None:
            is_stray = self._is_mouse_entry and action in _CHANGING
            self.post_message(self.Wanted("stray" if is_stray else action, message))

    def action_fold(self) -> None:
        """Open an object that was answered; else fold or unfold reasoning or a long question."""
        message, view = self._focused_message, self.focused_view
        if message is not None and message.structured is not None:
            self.action_want("workbench")
        elif view is not None and not view.toggle_fold():
            self.post_message(self.Told("Nothing in this message can be folded."))

    def action_form(self) -> None:
        """Show the object of the focused message in its next form."""
        view = self.focused_view
        if view is not None and not view.flip_form():
            self.post_message(self.Told("This message is not an object."))

    def action_leave(self) -> None:
        """Go back to the prompt."""
        self.post_message(self.Left())

    @property
    def _focused_index(self) -> int | None:
        view = self.focused_view
        return self.index_of(view) if view is not None else None

    @property
    def _focused_message(self) -> Message | None:
        index = self._focused_index
        return self.messages[index] if index is not None else None

    def _made(self, message: Message) -> MessageView:
        view = MessageView(
            message,
            self.place_of(message),
            note=self.note_of(message),
            is_answered_elsewhere=self.is_answered_elsewhere(message),
            document=self._ahead.take(message),
        )
        view.show_unsaved(self.is_unsaved(message))
        return view

    async def _go(self, index: int) -> None:
        """Give a message the focus and bring it into view."""
        if index == len(self.messages) - 1 and self.last_view is not None:
            view = self.last_view
            self.follow()
        else:
            view = await self.reveal(index)
        view.focus(scroll_visible=False)
