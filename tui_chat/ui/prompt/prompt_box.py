"""The prompt with its border lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from textual import on
from textual.containers import Horizontal, Vertical
from textual.widgets import Static

from tui_chat.core.labels import _
from tui_chat.ui.common.key_names import live_keys
from tui_chat.ui.prompt.paste_chips import PasteChips
from tui_chat.ui.prompt.prompt_input import PromptInput

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.widget import Widget


_MARK: Final = "›"
_TEMPORARY_MARK: Final = "»"


class PromptBox(Horizontal):
    """Holds the prompt between two lines; the upper one shows how many messages are below."""

    DEFAULT_CSS = """
    PromptBox {
        height: auto;
        padding: 0 1;
        border-top: solid $foreground 20%;
        border-bottom: solid $foreground 20%;
        border-title-align: right;
        border-title-color: $text-accent;
        & > #prompt-mark { width: 2; color: $accent; }
        & > Vertical { height: auto; }
        &.temporary > #prompt-mark { color: $text-warning; }
        &.temporary { border-subtitle-color: $text-warning; }
    }
    """

    def __init__(self, prompt: PromptInput, files: Widget) -> None:
        """Create the box.

        Args:
            prompt: The prompt.
            files: Shows the files of the draft.
        """
        super().__init__(id="prompt-box")
        self._prompt = prompt
        self._files = files
        self._mark = Static(_MARK, id="prompt-mark", markup=False)
        self._chips = PasteChips()

    def compose(self) -> ComposeResult:
        """Compose the prompt mark and the prompt."""
        yield self._mark
        with Vertical():
            yield self._files
            yield self._chips
            yield self._prompt

    def mark_temporary(self, is_temporary: bool) -> None:
        """Show whether the conversation is temporary."""
        self.set_class(is_temporary, "temporary")
        self._mark.update(_TEMPORARY_MARK if is_temporary else _MARK)
        self.border_subtitle = f" {_('temporary: nothing is saved')} " if is_temporary else ""

    @on(PromptInput.PastesChanged)
    def _show_chips(self, event: PromptInput.PastesChanged) -> None:
        key = live_keys(self.screen).get("prompt.expand", "")
        if key:
            keys = _("{key} as text · Backspace removes").format(key=key)
        else:
            keys = _("Backspace removes")
        self._chips.show(event.texts, keys)
