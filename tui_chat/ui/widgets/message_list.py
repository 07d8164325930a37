"""The messages of the open conversation, and the keys that work on them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message as TextualMessage

from tui_chat.core.conversation import Role
from tui_chat.ui.widgets.message_view import MessageView
from tui_chat.ui.widgets.message_window import MessageWindow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui_chat.core.conversation import Message


class MessageList(MessageWindow):
    """A column of messages; one of them may have the focus, and then has keys."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "up", id="message.previous", tooltip="The message before"),
        Binding(
            "down,j",
            "move(1)",
            "down",
            id="message.next",
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
            for kind, words, keys in (("heading", "Heading", "HL"), ("code", "Code block", "BN"))
            for key, step, side in ((keys[0], -1, "previous"), (keys[1], 1, "next"))
        ),
        Binding("y", "copy", "copy", id="message.copy", tooltip="Copy the message"),
        *(
            Binding(
                str(number),
                f"copy_block({number})",
                id=f"message.copy_block_{number}",
                tooltip="Copy the first code block of the message; 2 to 9 the others",
            )
            for number in range(1, 10)
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
                ("u,ctrl+z", "undo", "undo", "Bring back what was deleted last"),
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
            "fold reasoning",
            id="message.fold",
            tooltip="Open an object; else fold or unfold the reasoning",
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
    class CopyWanted(TextualMessage):
        """The person wants a text in the clipboard."""

        text: str
        """The raw text, as it came."""
        what: str
        """What it is, for the word that confirms."""

    def __init__(self) -> None:
        super().__init__()
        self._order = asyncio.Lock()

    @property
    def focused_view(self) -> MessageView | None:
        """The message that has the focus."""
        focused = self.screen.focused
        return focused if isinstance(focused, MessageView) else None

    def enter(self) -> bool:
        """Give the last message the focus; say whether there is one."""
        if not self.messages:
            return False
        self.run_worker(self._go(len(self.messages) - 1), group="go", exclusive=True)
        return True

    async def focus_message(self, message_id: str | None) -> bool:
        """Give a message the focus; say whether it is there."""
        for index, message in enumerate(self.messages):
            if message.id == message_id:
                await self._go(index)
                return True
        return False

    # One change of the path at a time: a question may be asked while another window's is mounted.

    @property
    def is_changing(self) -> bool:
        """Whether another path is just being mounted."""
        return self._order.locked()

    async def show(self, messages: Sequence[Message]) -> None:
        """Show a path in place of what is shown, at its end."""
        async with self._order:
            await super().show(messages)

    async def add(self, *messages: Message) -> None:
        """Add messages at the end, and follow it."""
        async with self._order:
            await super().add(*messages)

    async def change(self, messages: Sequence[Message]) -> None:
        """Show another path; what both paths begin with stays where it is."""
        async with self._order:
            await super().change(messages)

    async def take_in(self, path: Sequence[Message]) -> None:
        """Show what other programs did to the path; what is seen stays where it is."""
        follows = self.is_following
        for index, message in enumerate(path[: len(self._messages)]):
            shown = self._messages[index]
            if shown.id != message.id:
                break
            if shown is not message and shown != message:
                is_mounted = self._first <= index < self._last
                view = self._views[index - self._first] if is_mounted else None
                if view is None or view.grow(message):
                    self._messages[index] = message
        if list(path) != self._messages:
            count = len(self._messages)
            await self.change(path)
            if not follows:
                self._new_below.update(message.id for message in path[count:])
        for view in self._views:
            view.show_place(self.place_of(view.shown))
        if follows:
            self.follow()
        self._note_below()

    async def action_move(self, step: int) -> None:
        """Go to the message before or after; after the last one comes the prompt."""
        index = self._focused_index
        if index is None:
            return
        if index + step >= len(self.messages):
            self.post_message(self.Left())
        elif index + step >= 0:
            await self._go(index + step)

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
        self.app.bell()

    def action_landmark(self, kind: str, step: int) -> None:
        """Scroll to the heading or code block before or after, within the focused message."""
        view = self.focused_view
        rows = view.landmarks(kind) if view is not None else []
        top = view.virtual_region.y if view is not None else 0
        here = self.scroll_y
        wanted = [top + row for row in rows]
        beyond = [row for row in wanted if (row > here if step > 0 else row < here)]
        if not beyond:
            self.app.bell()
            return
        self.scroll_to(y=beyond[0] if step > 0 else beyond[-1], animate=False)

    def action_copy(self) -> None:
        """Copy the focused message."""
        message = self._focused_message
        if message is not None:
            self.post_message(self.CopyWanted(message.content, "message"))

    def action_copy_block(self, number: int) -> None:
        """Copy a code block of the focused message."""
        blocks = self.focused_view.code_blocks if self.focused_view is not None else []
        if number <= len(blocks):
            self.post_message(self.CopyWanted(blocks[number - 1].text, f"code block {number}"))
        else:
            self.app.bell()

    def action_want(self, action: str) -> None:
        """Have something done with the focused message."""
        message = self._focused_message
        if message is not None:
            self.post_message(self.Wanted(action, message))

    def action_fold(self) -> None:
        """Open an object that was answered; else fold or unfold the reasoning."""
        message, view = self._focused_message, self.focused_view
        if message is not None and message.structured is not None:
            self.action_want("workbench")
        elif view is not None and not view.toggle_reasoning():
            self.app.bell()

    def action_form(self) -> None:
        """Show the object of the focused message in its next form."""
        view = self.focused_view
        if view is not None and not view.flip_form():
            self.app.bell()

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

    async def _go(self, index: int) -> None:
        """Give a message the focus and bring it into view."""
        if index == len(self.messages) - 1 and self.last_view is not None:
            view = self.last_view
            self.follow()
        else:
            view = await self.reveal(index)
        view.focus(scroll_visible=False)
