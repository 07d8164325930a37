"""Single-line input of bounded length, used by every dialog."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar, Final

from textual.actions import SkipAction
from textual.binding import Binding, BindingType
from textual.widgets import Input
from textual.widgets.input import Selection

from tui_chat.core.text.sanitize import sanitize
from tui_chat.ui.common.field_history import FieldHistory, FieldState
from tui_chat.ui.common.graphemes import at_border, border_after, border_before
from tui_chat.ui.common.kill_ring import KillRing

if TYPE_CHECKING:
    from textual import events

LONGEST_LINE: Final = 200
LONGEST_PATH: Final = 1_000
_TO_END_OF_WORD: Final = re.compile(r"\W*\w*")


class LineInput(Input):
    """An input that truncates long text, and moves and deletes by grapheme clusters."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+left,alt+left,alt+b", "cursor_left_word", show=False),
        Binding("ctrl+right,alt+right,alt+f", "cursor_right_word", show=False),
        Binding("ctrl+w,ctrl+backspace,alt+backspace", "delete_left_word", show=False),
        Binding("alt+d,ctrl+delete,alt+delete", "delete_right_word", show=False),
        Binding("ctrl+y", "yank", show=False),
        Binding("ctrl+underscore,ctrl+slash,ctrl+shift+minus", "undo", show=False),
        Binding("alt+slash", "redo", show=False),
    ]

    def __init__(
        self,
        *,
        placeholder: str = "",
        longest: int = LONGEST_LINE,
        id: str | None = None,  # noqa: A002 - Textual's own name
    ) -> None:
        """Create an empty field.

        Args:
            placeholder: Shown while it is empty.
            longest: The maximum number of characters.
            id: The widget id.
        """
        super().__init__(placeholder=placeholder, id=id, max_length=longest, select_on_focus=False)
        self._longest = longest
        self._kills = KillRing()
        self._history = FieldHistory()

    def replace(self, text: str, start: int, end: int) -> None:
        """Replace a range with a text, as one line, truncated to the available room."""
        start, end = sorted((max(0, start), min(len(self.value), end)))
        room = self._longest - len(self.value) + end - start
        # Only the part that could fit is processed.
        head = text.lstrip("\r\n")[: self._longest + 1]
        line = " ".join(sanitize(head).splitlines())
        if len(line) > room:
            line = line[: at_border(line, max(room, 0))]
            self.restricted()
        before = self._state
        super().replace(line, start, end)
        self._history.note(before, self._state, is_typed=start == end and len(line) == 1)

    def on_paste(self, event: events.Paste) -> None:
        """Insert a paste as one line."""
        # Textual's own handler would insert the text unsanitized.
        event.prevent_default()
        event.stop()
        self.replace(event.text, *self.selection)

    def action_paste(self) -> None:
        """Paste the app's clipboard."""
        self.replace(self.app.clipboard, *self.selection)

    def action_yank(self) -> None:
        """Insert the last killed text."""
        if self._kills.text:
            self.replace(self._kills.text, *self.selection)
        else:
            self.app.bell()

    @property
    def _state(self) -> FieldState:
        return FieldState(self.value, self.cursor_position)

    def action_undo(self) -> None:
        """Undo the latest change; without one the key acts as it does outside of fields."""
        self._restore(self._history.undo(self._state))

    def action_redo(self) -> None:
        """Redo what was undone."""
        self._restore(self._history.redo(self._state))

    def _restore(self, state: FieldState | None) -> None:
        if state is None:
            raise SkipAction
        self.value, self.cursor_position = state

    # Grapheme clusters

    def action_cursor_left(self, select: bool = False) -> None:
        """Move the cursor to the left."""
        self._move(select, border_before(self.value, self.cursor_position), min(self.selection))

    def action_cursor_right(self, select: bool = False) -> None:
        """Move the cursor to the right."""
        self._move(select, border_after(self.value, self.cursor_position), max(self.selection))

    def _move(self, select: bool, target: int, edge: int) -> None:
        if select:
            self.selection = Selection(self.selection.start, target)
        else:
            self.cursor_position = target if self.selection.is_empty else edge

    def action_delete_left(self) -> None:
        """Delete the grapheme cluster before the cursor."""
        if not self.selection.is_empty:
            self.delete_selection()
        else:
            self.delete(border_before(self.value, self.cursor_position), self.cursor_position)

    def action_delete_right(self) -> None:
        """Delete the grapheme cluster after the cursor."""
        if not self.selection.is_empty:
            self.delete_selection()
        else:
            self.delete(self.cursor_position, border_after(self.value, self.cursor_position))

    # Deleting more than a character

    def action_delete_left_word(self) -> None:
        """Delete the word before the cursor."""
        state = (self.value, self.cursor_position)
        super().action_delete_left_word()
        self._keep_deleted(state)

    def action_cursor_right_word(self, select: bool = False) -> None:
        """Move the cursor to the end of a word, as in the prompt."""
        self._move(select, self._end_of_word, self._end_of_word)

    def action_delete_right_word(self) -> None:
        """Delete to the end of a word, as in the prompt."""
        state = (self.value, self.cursor_position)
        self.delete(self.cursor_position, self._end_of_word)
        self._keep_deleted(state)

    @property
    def _end_of_word(self) -> int:
        found = _TO_END_OF_WORD.match(self.value, self.cursor_position)
        return found.end() if found else len(self.value)

    def action_delete_left_all(self) -> None:
        """Delete to the beginning."""
        state = (self.value, self.cursor_position)
        super().action_delete_left_all()
        self._keep_deleted(state)

    def action_delete_right_all(self) -> None:
        """Delete to the end."""
        state = (self.value, self.cursor_position)
        super().action_delete_right_all()
        self._keep_deleted(state)

    def _keep_deleted(self, state: tuple[str, int]) -> None:
        text, cursor = state
        at = self.cursor_position
        deleted = text[at : at + len(text) - len(self.value)]
        after = (self.value, at)
        self._kills.add(deleted, is_before=at < cursor, state=state, after=after)
