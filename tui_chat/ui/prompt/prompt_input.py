"""The prompt: a growing text area for questions."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, ClassVar, Final

from textual.message import Message as TextualMessage

from tui_chat.core.labels import _
from tui_chat.core.pastes import has_long_line, is_large, join_pastes, split_pastes
from tui_chat.core.text.sanitize import sanitize
from tui_chat.ui.common.editing_area import EditingArea
from tui_chat.ui.prompt.draft_files import DraftFiles, NoFiles
from tui_chat.ui.prompt.history import PromptHistory
from tui_chat.ui.prompt.paste_chips import Pastes
from tui_chat.ui.prompt.prompt_bindings import PROMPT_BINDINGS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from textual import events
    from textual.binding import BindingType


_EXPANDED_CHARACTERS: Final = 100_000
"""The largest paste that can be expanded; a key still shows within two frames."""

# Keys of Alt+Enter, Shift+Enter and so on with xterm's modifyOtherKeys.
_ODD_NEWLINE_KEYS: Final = frozenset({"\r", "shift+\r", "ctrl+\r", "ctrl+shift+\r"})


def _is_text(character: str | None) -> bool:
    """Return whether a key typed a space or joiner that Textual considers unprintable.

    Examples: the CJK full-width space, Persian's zero-width non-joiner, the emoji joiner.
    """
    return (
        character is not None
        and len(character) == 1
        and unicodedata.category(character) in ("Zs", "Cf")
        and sanitize(character) == character
    )


class ClearStep(Enum):
    """The two steps that clear the prompt."""

    ARMED = auto()
    """The next Esc clears it."""
    CLEARED = auto()


class PromptInput(EditingArea):
    """A text area of one to ten rows that sends with Enter and recalls earlier questions."""

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

    BINDINGS: ClassVar[list[BindingType]] = [*PROMPT_BINDINGS]

    @dataclass
    class Submitted(TextualMessage):
        """Request to send the draft. The prompt keeps it until it is accepted."""

        text: str
        """The draft with its long pastes; possibly empty."""

    class StopWanted(TextualMessage):
        """The user pressed the stop key."""

    class Left(TextualMessage):
        """The user pressed Up in an empty prompt."""

    class UndoWanted(TextualMessage):
        """The user pressed undo, but the prompt has nothing to undo."""

    @dataclass
    class PastesChanged(TextualMessage):
        """The long pastes changed."""

        texts: tuple[str, ...]

    class Followed(TextualMessage):
        """Request to scroll to the end of the messages."""

    @dataclass
    class Paged(TextualMessage):
        """Request to scroll the messages from within the prompt."""

        pages: int
        """-1 up, 1 down."""

    def __init__(self, *, cursor_blink: bool = False) -> None:
        self._pastes = Pastes()
        self._is_clear_next = False
        # Handles a key before the prompt does, such as the arrows of an open list of commands.
        self.takes_key: Callable[[str], bool] = lambda key: False
        self.files: DraftFiles = NoFiles()
        super().__init__(
            soft_wrap=True,
            tab_behavior="focus",
            show_line_numbers=False,
            highlight_cursor_line=False,
            compact=True,
            placeholder=_("Ask anything"),
        )
        self.cursor_blink = cursor_blink
        self._history = PromptHistory()

    def remember(self, questions: Iterable[str]) -> None:
        """Set the history, newest question first."""
        self._history = PromptHistory(questions)

    @property
    def draft(self) -> str:
        """The text and long pastes that Enter would send."""
        return join_pastes(self.text, self._pastes.texts)

    @property
    def pastes(self) -> tuple[str, ...]:
        """The long pastes, shown as chips."""
        return self._pastes.texts

    def accept(self) -> None:
        """Clear the prompt and add its text to the history."""
        text = self.draft.strip()
        if text:
            self._history.add(text)
        self.load_text("")

    def load_text(self, text: str) -> None:
        """Replace the text, and clear pastes and undo history."""
        super().load_text(text)
        self._pastes.forget()
        self.post_message(self.PastesChanged(()))

    def set_draft(self, text: str) -> None:
        """Replace the draft, with the cursor at its end and long pastes as chips."""
        self._history.leave()
        self._replace_all(text)

    def clear_at_second(self) -> ClearStep | None:
        """Clear the prompt at the second call in a row; undo and history keep the text.

        Returns:
            The step taken; None when the prompt is empty already.
        """
        draft = self.draft
        if not draft:
            return None
        if not self._is_clear_next:
            self._is_clear_next = True
            return ClearStep.ARMED
        self._is_clear_next = False
        if draft.strip():
            self._history.add(draft.strip())
        self._put("", ())
        return ClearStep.CLEARED

    def note_undo_elsewhere(self) -> None:
        """Make the next undo post `UndoWanted` before it undoes older edits."""
        self.history.checkpoint()
        self._pastes.note_elsewhere(len(self.history.undo_stack))

    def forget_undo_elsewhere(self) -> None:
        """Revoke the last `note_undo_elsewhere`."""
        self._pastes.forget_elsewhere()

    def action_submit(self) -> None:
        """Post the draft to the screen."""
        self.post_message(self.Submitted(self.draft))

    def action_expand_paste(self) -> None:
        """Expand the last long paste at the cursor, unless it is too large; else the last file."""
        if not self._pastes.texts:
            if path := self.files.last_as_text():
                self.history.checkpoint()
                self.insert_here(path)
            else:
                self.app.bell()
            return
        *others, last = self._pastes.texts
        if len(last) > _EXPANDED_CHARACTERS or has_long_line(last):
            text = _("This text is too large to edit here. It is sent unchanged.")
            self.notify(text, severity="warning", markup=False)
            return
        self.history.checkpoint()
        self.insert_here(last)
        self._put_pastes(others, with_text=True)

    def action_delete_left(self) -> None:
        """Delete the previous cluster; at the start of the text, the last long paste or file."""
        is_at_start = self.selection.is_empty and self.cursor_location == (0, 0)
        if is_at_start and self._pastes.texts:
            self._put_pastes(self._pastes.texts[:-1])
        elif not (is_at_start and self.files.remove_last()):
            super().action_delete_left()

    async def action_paste(self) -> None:  # type: ignore[override]  # Textual awaits actions
        """Attach the picture in the clipboard, or paste the app's own clipboard."""
        if not await self.files.take_picture():
            await self._take_paste(self.app.clipboard)

    def action_newline(self) -> None:
        """Insert a line break."""
        self.insert_here("\n")

    def action_page_messages(self, pages: int) -> None:
        """Scroll the messages."""
        self.post_message(self.Paged(pages))

    def action_follow(self) -> None:
        """Scroll the messages to their end."""
        self.post_message(self.Followed())

    def action_older_question(self) -> None:
        """Recall the previous question."""
        self._show(self._history.older(self.draft))

    def action_newer_question(self) -> None:
        """Recall the next question or finally the draft."""
        self._show(self._history.newer(self.draft))

    def action_cursor_up(self, select: bool = False) -> None:
        """Move up; from the first row recall an earlier question; leave an empty prompt."""
        if select or not self._is_at_first_row:
            super().action_cursor_up(select)
        elif self.draft:
            self.action_older_question()
        else:
            self.post_message(self.Left())

    def action_cursor_down(self, select: bool = False) -> None:
        """Move down; from the last row recall a later question."""
        if select or not self._is_at_last_row:
            super().action_cursor_down(select)
        else:
            self.action_newer_question()

    def action_undo(self) -> None:
        """Undo an edit; if there is none, let the screen undo something else."""
        depth = len(self.history.undo_stack)
        if self._pastes.is_elsewhere_next(depth):
            self.post_message(self.UndoWanted())
            return
        with_text = self._pastes.undo(depth)
        if with_text is not None:
            self.post_message(self.PastesChanged(self._pastes.texts))
        if with_text is not False and depth:
            super().action_undo()
        elif with_text is None:
            self.post_message(self.UndoWanted())

    async def on_key(self, event: events.Key) -> None:
        """Insert text and run bound actions at once; leave the rest to the text area."""
        if event.key != "escape":
            self._is_clear_next = False
        # Insert letters here, at once. A binding would travel through the queues up to the app;
        # keys typed after it would overtake it, and half a question would be sent.
        if not event.is_printable and self.takes_key(event.key):
            pass
        elif event.key in _ODD_NEWLINE_KEYS:
            self.action_newline()
        elif _is_text(event.character):
            self.insert_here(event.character or "")
        elif event.is_printable or not await self._acts_on(event.key):
            return
        event.stop()
        event.prevent_default()

    async def _acts_on(self, key: str) -> bool:
        """Run the action of a key that this widget binds."""
        active = self.screen.active_bindings.get(key)
        if active is None or not active.enabled:
            return False
        if active.binding.id == "turn.stop":
            self.post_message(self.StopWanted())
            return True
        return active.node is self and await self.app.run_action(active.binding.action, self)

    async def on_paste(self, event: events.Paste) -> None:
        """Insert a paste, sanitized; a long one becomes a chip, and so do dropped files."""
        # Terminals paste line ends as CR. Control characters would reach the terminal when the
        # text area renders them.
        event.prevent_default()
        event.stop()
        await self._take_paste(event.text)

    async def _take_paste(self, text: str) -> None:
        self._is_clear_next = False
        # Keys that follow the paste wait in the queue of this widget.
        if await self.files.take_paste(text):
            return
        text = sanitize(text.replace("\r\n", "\n").replace("\r", "\n"))
        if is_large(text):
            self._put_pastes((*self._pastes.texts, text))
        else:
            self.insert_here(text)

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
        # An edit, not load_text, so undo restores the previous text. Sanitize: a draft or an
        # earlier question may come from another program, through `ask`.
        self._put(*split_pastes(sanitize(text)))

    def _put(self, text: str, pastes: Sequence[str]) -> None:
        """Replace the draft; one undo restores the previous one."""
        has_changed = text != self.text
        self.history.checkpoint()
        self.replace(text, self.document.start, self.document.end, maintain_selection_offset=False)
        self.move_cursor(self.document.end)
        self.history.checkpoint()
        if tuple(pastes) != self._pastes.texts:
            self._put_pastes(pastes, with_text=has_changed)

    def _put_pastes(self, pastes: Sequence[str], *, with_text: bool = False) -> None:
        self.history.checkpoint()
        self._pastes.put(pastes, len(self.history.undo_stack), with_text=with_text)
        self.post_message(self.PastesChanged(self._pastes.texts))
