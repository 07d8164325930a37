"""A text area with the usual readline keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from textual.binding import Binding, BindingType
from textual.widgets import TextArea
from textual.widgets.text_area import Selection

from tui_chat.core.labels import N_
from tui_chat.ui.common.graphemes import at_border, border_after, border_before
from tui_chat.ui.common.kill_ring import KillRing
from tui_chat.ui.common.select_words import word_at

if TYPE_CHECKING:
    from textual import events
    from textual.widgets.text_area import EditResult, Location


_DOUBLE: Final = 2


class EditingArea(TextArea):
    """Moves and deletes by grapheme clusters, and yanks killed text."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "ctrl+underscore,ctrl+slash,ctrl+shift+minus,super+z",
            "undo",
            N_("undo"),
            id="prompt.undo",
            tooltip=N_("Undo; also restores a deleted message"),
        ),
        Binding(
            "alt+slash,ctrl+shift+z,super+y",
            "redo",
            N_("redo"),
            id="prompt.redo",
            tooltip=N_("Redo"),
        ),
        Binding(
            "ctrl+y",
            "yank",
            N_("yank"),
            id="prompt.yank",
            tooltip=N_("Insert the text that ^W, ^U, ^K or Alt+D deleted"),
        ),
        Binding("ctrl+left,alt+left,alt+b", "cursor_word_left", N_("Cursor word left")),
        Binding("ctrl+right,alt+right,alt+f", "cursor_word_right", N_("Cursor word right")),
        Binding(
            "ctrl+w,ctrl+backspace,alt+backspace",
            "delete_word_left",
            N_("Delete left to start of word"),
        ),
        Binding(
            "alt+d,ctrl+delete,alt+delete",
            "delete_word_right",
            N_("Delete right to end of word"),
        ),
        # Suspends the program; Textual's text area binds it to undo.
        Binding("ctrl+z", "app.suspend", show=False),
    ]

    _kills: KillRing
    _deleted: str = ""

    def action_yank(self) -> None:
        """Insert the last killed text."""
        kills = self._kill_ring
        if not kills.text:
            self.app.bell()
        else:
            self.insert_here(kills.text)

    def undo(self) -> None:
        """Undo the last edit batch."""
        self._leave_the_lines_that_go()
        super().undo()

    def redo(self) -> None:
        """Redo the last undone edit batch."""
        self._leave_the_lines_that_go()
        super().redo()

    def _leave_the_lines_that_go(self) -> None:
        # Textual (8.2) looks up the cursor's line in between, when the scroll bar disappears, and
        # crashes if the line is gone. Undo and redo set the cursor themselves at their end.
        self.set_reactive(TextArea.selection, Selection.cursor((0, 0)))

    # Grapheme clusters

    def get_cursor_left_location(self) -> Location:
        """Return the location left of the cursor."""
        row, column = self.cursor_location
        if column == 0:
            return super().get_cursor_left_location()
        return row, border_before(self.document[row], column)

    def get_cursor_right_location(self) -> Location:
        """Return the location right of the cursor."""
        row, column = self.cursor_location
        line = self.document[row]
        if column >= len(line):
            return super().get_cursor_right_location()
        return row, border_after(line, column)

    def get_cursor_up_location(self) -> Location:
        """Return the location above the cursor, keeping the column."""
        return self._at_border(super().get_cursor_up_location())

    def get_cursor_down_location(self) -> Location:
        """Return the location below the cursor, keeping the column."""
        return self._at_border(super().get_cursor_down_location())

    def get_target_document_location(self, event: events.MouseEvent) -> Location:
        """Return the location for a click."""
        return self._at_border(super().get_target_document_location(event))

    def _at_border(self, location: Location) -> Location:
        row, column = location
        return row, at_border(self.document[row], column)

    # Deleting more than a character

    @property
    def _kill_ring(self) -> KillRing:
        if not hasattr(self, "_kills"):
            self._kills = KillRing()
        return self._kills

    def delete(
        self, start: Location, end: Location, *, maintain_selection_offset: bool = True
    ) -> EditResult:
        """Delete a range and remember its text for the kill ring."""
        result = super().delete(start, end, maintain_selection_offset=maintain_selection_offset)
        self._deleted = result.replaced_text
        return result

    def insert_here(self, text: str) -> None:
        """Replace the selection with a text, as typing does, and move the cursor behind it."""
        # Without `move_cursor`: it would begin another undo batch.
        self.replace(text, *self.selection, maintain_selection_offset=False)

    def _keep_deleted(self, state: tuple[str, Location], *, is_before: bool) -> None:
        after = (self.text, self.cursor_location)
        self._kill_ring.add(self._deleted, is_before=is_before, state=state, after=after)

    def action_delete_word_left(self) -> None:
        """Delete the word before the cursor."""
        state, self._deleted = (self.text, self.cursor_location), ""
        super().action_delete_word_left()
        self._keep_deleted(state, is_before=True)

    def action_delete_word_right(self) -> None:
        """Delete the word after the cursor."""
        state, self._deleted = (self.text, self.cursor_location), ""
        super().action_delete_word_right()
        self._keep_deleted(state, is_before=False)

    def action_delete_to_start_of_line(self) -> None:
        """Delete to the beginning of the line."""
        state, self._deleted = (self.text, self.cursor_location), ""
        super().action_delete_to_start_of_line()
        self._keep_deleted(state, is_before=True)

    async def action_delete_to_end_of_line_or_delete_line(self) -> None:
        """Delete to the end of the line; at its end, the line break."""
        state, self._deleted = (self.text, self.cursor_location), ""
        await super().action_delete_to_end_of_line_or_delete_line()
        self._keep_deleted(state, is_before=False)

    def on_click(self, event: events.Click) -> None:
        """Select the word of a double click, or the line of a triple click."""
        if event.chain < _DOUBLE:
            return
        event.prevent_default()
        row, column = self.get_target_document_location(event)
        line = self.document.get_line(row)
        start, end = word_at(line, column) if event.chain == _DOUBLE else (0, len(line))
        self.selection = Selection((row, start), (row, end))
