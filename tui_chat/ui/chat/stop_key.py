"""The stop key: Esc in all its meanings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tui_chat.core.labels import N_, _
from tui_chat.ui.chat.status_line import HoldsWhile
from tui_chat.ui.common.key_names import key_of
from tui_chat.ui.prompt.prompt_input import ClearStep

if TYPE_CHECKING:
    from textual.screen import Screen

    from tui_chat.ui.chat.column import ChatColumn
    from tui_chat.ui.chat.host import Host

_CLEAR_TEXTS: Final = {
    ClearStep.ARMED: (
        N_("Esc again clears the prompt; {key} restores it"),
        HoldsWhile.PROMPT_UNCHANGED,
    ),
    ClearStep.CLEARED: (N_("Cleared; {key} restores it"), HoldsWhile.PROMPT_EMPTY),
}


class StopKey:
    """Clears a selection, stops the answer, or goes back to the prompt: the first that applies."""

    def __init__(self, screen: Screen[None], column: ChatColumn, host: Host) -> None:
        self._screen = screen
        self._column = column
        self._host = host

    def stop_at_once(self) -> bool:
        """Stop the running answer if the key would; return whether it did."""
        task = self._host.submitting.task
        if self._screen.selections or not task.is_running or task.is_stopping:
            return False
        task.cancel()
        return True

    def press(self) -> None:
        """Do what the key means now."""
        prompt = self._column.prompt
        if self._screen.selections:
            self._screen.clear_selection()
        elif (task := self._host.submitting.task).is_running:
            task.cancel()
        elif self._leaves_edit_or_search():
            pass
        elif self._screen.focused is not prompt:
            prompt.focus()
        elif step := prompt.clear_at_second():
            text, holds = _CLEAR_TEXTS[step]
            key = key_of(self._host.app, "prompt.undo")
            self._column.status.show_idle(_(text).format(key=key), holds=holds)

    def _leaves_edit_or_search(self) -> bool:
        """Leave an edit or a search; return whether there was one."""
        parts = self._host.parts
        if parts is None:
            return False
        if self._screen.focused is self._column.prompt and parts.actions.editing is not None:
            parts.actions.leave_edit()
            return True
        return parts.find.leave()
