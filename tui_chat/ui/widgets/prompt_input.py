"""The prompt: where questions are written."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from textual.binding import Binding, BindingType
from textual.message import Message as TextualMessage
from textual.widgets import TextArea

from tui_chat.core.visible import visible
from tui_chat.ui.widgets.prompt_history import PromptHistory

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual import events

# What xterm's modifyOtherKeys makes of Alt+Enter, Shift+Enter and so on in Textual's parser.
_ODD_NEWLINE_KEYS: Final = frozenset({"\r", "shift+\r", "ctrl+\r", "ctrl+shift+\r"})


def _is_text(character: str | None) -> bool:
    """Say whether a key typed a blank or a joiner that Textual takes for unprintable.

    Such are the full-width space of CJK, the non-joiner of Persian, the joiner of emoji.
    """
    return (
        character is not None
        and len(character) == 1
        and unicodedata.category(character) in ("Zs", "Cf")
        and visible(character) == character
    )


class PromptInput(TextArea):
    """A text area that grows from one to ten rows, sends with Enter and remembers questions."""

    DEFAULT_CSS = """
    PromptInput {
        height: auto;
        min-height: 1;
        max-height: 10;
        padding: 0;
        border: none;
        background: transparent;
        scrollbar-size-vertical: 1;
        &:focus { border: none; background: transparent; }
        & .text-area--cursor-line { background: transparent; }
        & .text-area--placeholder { color: $text-muted; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "enter",
            "submit",
            "send",
            id="prompt.send",
            tooltip="Send the question",
        ),
        Binding(
            "ctrl+j,shift+enter,alt+enter,ctrl+enter",
            "newline",
            "newline",
            id="prompt.newline",
            tooltip="New line (Shift+Enter, Alt+Enter where the terminal can)",
        ),
        Binding(
            "up",
            "cursor_up",
            "messages",
            id="prompt.up",
            tooltip="Into the messages, from an empty prompt",
        ),
        Binding(
            "ctrl+up",
            "older_question",
            "older question",
            id="prompt.older",
            tooltip="An earlier question (also ↑ from the first row)",
        ),
        Binding(
            "ctrl+down",
            "newer_question",
            "newer question",
            id="prompt.newer",
            tooltip="A later question, at last the draft (also ↓)",
        ),
        Binding(
            "pageup",
            "page_messages(-1)",
            "scroll up",
            id="prompt.page_up",
            tooltip="Scroll the messages up",
        ),
        Binding(
            "pagedown",
            "page_messages(1)",
            "scroll down",
            id="prompt.page_down",
            tooltip="Scroll the messages down",
        ),
        Binding(
            "ctrl+end",
            "follow",
            "to the end",
            id="prompt.follow",
            tooltip="Scroll to the end and follow it",
        ),
    ]

    @dataclass
    class Submitted(TextualMessage):
        """The person wants to send what is written. The prompt keeps it until it is accepted."""

        text: str
        """As written, possibly empty."""

    class StopWanted(TextualMessage):
        """The person pressed the key that stops the answer."""

    class Left(TextualMessage):
        """The person pressed Up in an empty prompt."""

    class UndoWanted(TextualMessage):
        """The person pressed Ctrl+Z where there is nothing to undo."""

    class Followed(TextualMessage):
        """The person wants to see the end of the messages."""

    @dataclass
    class Paged(TextualMessage):
        """The person scrolls the messages from within the prompt."""

        pages: int
        """-1 up, 1 down."""

    def __init__(self, *, cursor_blink: bool = False) -> None:
        super().__init__(
            soft_wrap=True,
            tab_behavior="focus",
            show_line_numbers=False,
            highlight_cursor_line=False,
            compact=True,
            placeholder="Ask anything",
        )
        self.cursor_blink = cursor_blink
        self._history = PromptHistory()

    def remember(self, questions: Iterable[str]) -> None:
        """Take the earlier questions, newest first."""
        self._history = PromptHistory(questions)

    def accept(self) -> None:
        """Empty the prompt: its text was taken over and goes into the history."""
        text = self.text.strip()
        if text:
            self._history.add(text)
        self.load_text("")

    def set_draft(self, text: str) -> None:
        """Put a text in, with the cursor at its end."""
        self._history.leave()
        self._replace_all(text)

    def action_submit(self) -> None:
        """Offer what is written to the screen."""
        self.post_message(self.Submitted(self.text))

    def action_newline(self) -> None:
        """Begin a new line at the cursor."""
        self._replace_via_keyboard("\n", *self.selection)

    def action_page_messages(self, pages: int) -> None:
        """Scroll the messages."""
        self.post_message(self.Paged(pages))

    def action_follow(self) -> None:
        """Scroll the messages to their end."""
        self.post_message(self.Followed())

    def action_older_question(self) -> None:
        """Show the question before."""
        self._show(self._history.older(self.text))

    def action_newer_question(self) -> None:
        """Show the question after, at last the draft."""
        self._show(self._history.newer())

    def action_cursor_up(self, select: bool = False) -> None:
        """Move up; from the first row to an earlier question, from an empty prompt out of it."""
        if select or not self._is_at_first_row:
            super().action_cursor_up(select)
        elif self.text:
            self.action_older_question()
        else:
            self.post_message(self.Left())

    def action_cursor_down(self, select: bool = False) -> None:
        """Move down; from the last row to a later question."""
        if select or not self._is_at_last_row:
            super().action_cursor_down(select)
        else:
            self.action_newer_question()

    def action_undo(self) -> None:
        """Undo a change of the text; where there is none, something else may be undone."""
        if self.text or self.history.undo_stack:
            super().action_undo()
        else:
            self.post_message(self.UndoWanted())

    async def _on_key(self, event: events.Key) -> None:
        # Letters act here, at once. A binding would first travel through every queue up to the
        # app: keys typed after it would overtake it, and half a question be sent.
        if event.key in _ODD_NEWLINE_KEYS:
            self.action_newline()
        elif _is_text(event.character):
            self._replace_via_keyboard(event.character or "", *self.selection)
        elif event.is_printable or not await self._acts_on(event.key):
            await super()._on_key(event)
            return
        event.stop()
        event.prevent_default()

    async def _acts_on(self, key: str) -> bool:
        """Do what a key is bound to, if that is ours to do."""
        active = self.screen.active_bindings.get(key)
        if active is None or not active.enabled:
            return False
        if active.binding.id == "turn.stop":
            self.post_message(self.StopWanted())
            return True
        return active.node is self and await self.app.run_action(active.binding.action, self)

    async def _on_paste(self, event: events.Paste) -> None:
        # Terminals paste line ends as CR. Control characters would act on the terminal as soon as
        # the text area draws them.
        event.prevent_default()
        event.stop()
        text = visible(event.text.replace("\r\n", "\n").replace("\r", "\n"))
        if result := self._replace_via_keyboard(text, *self.selection):
            self.move_cursor(result.end_location)

    @property
    def _is_at_first_row(self) -> bool:
        return self.navigator.is_first_wrapped_line(self.cursor_location)

    @property
    def _is_at_last_row(self) -> bool:
        return self.navigator.is_last_wrapped_line(self.cursor_location)

    def _show(self, text: str | None) -> None:
        if text is not None:
            self._replace_all(text)

    def _replace_all(self, text: str) -> None:
        # An edit, not load_text: Ctrl+Z brings back what stood here.
        # A draft or an earlier question may hold what was never typed here, such as the output of
        # another program that was given to `ask`.
        text = visible(text)
        self.replace(text, self.document.start, self.document.end, maintain_selection_offset=False)
        self.move_cursor(self.document.end)
