"""Dialog for a system prompt of several lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content

from tui_chat.core.labels import N_, _, ngettext
from tui_chat.core.parameters.values import LONGEST_PROMPT
from tui_chat.core.text.sanitize import sanitize
from tui_chat.ui.common.editing_area import EditingArea
from tui_chat.ui.common.modal import Modal
from tui_chat.ui.terminal.painting.size_updates import WrappedText

if TYPE_CHECKING:
    from textual import events
    from textual.app import ComposeResult


class SystemPromptArea(EditingArea):
    """The text itself."""

    async def on_paste(self, event: events.Paste) -> None:
        """Insert a paste, sanitized."""
        # Textual's own handler would insert control characters.
        event.prevent_default()
        event.stop()
        self.insert_here(sanitize(event.text.replace("\r\n", "\n").replace("\r", "\n")))


class SystemPromptEditor(Modal[str]):
    """Dismisses with the text; Esc keeps the one before, and asks if it would lose a change."""

    DEFAULT_CSS = """
    SystemPromptEditor {
        #panel { height: 60%; min-height: 14; }
        #text {
            height: 1fr; border: none; padding: 0; background: transparent;
            &:focus { border: none; background: transparent; }
            & .text-area--cursor-line { background: transparent; }
        }
        #told { height: auto; color: $text-muted; margin-top: 1; }
        &.warns #told { color: $text-warning; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "ctrl+s", "keep", N_("keep"), id="system.keep", priority=True, tooltip=N_("Keep it")
        ),
    ]

    def __init__(self, text: str) -> None:
        super().__init__()
        self._area = SystemPromptArea(compact=True, highlight_cursor_line=False, id="text")
        self._before = sanitize(text)
        self._warned_about: str | None = None
        self._told = WrappedText("", id="told", markup=False)

    def compose(self) -> ComposeResult:
        """Compose the panel."""
        with Vertical(id="panel") as panel:
            panel.border_title = _("System prompt")
            panel.border_subtitle = _("^S keep   Esc back")
            yield self._area
            yield self._told

    def on_mount(self) -> None:
        """Show the text, with the cursor at its end."""
        self._area.load_text(self._before)
        self._area.move_cursor(self._area.document.end)
        self._area.focus()
        self._tell(_("{nickname} is replaced by your nickname. Empty: no system prompt."))

    def action_keep(self) -> None:
        """Close with the text."""
        text = self._area.text
        if len(text) > LONGEST_PROMPT:
            most = ngettext(
                "Use at most {count} character.", "Use at most {count} characters.", LONGEST_PROMPT
            )
            self._tell(most, warns=True)
        else:
            self.dismiss(text)

    def action_close(self) -> None:
        """Close without a change; once again if there is one."""
        text = self._area.text
        if text in (self._before, self._warned_about):
            self.dismiss(None)
            return
        self._warned_about = text
        self._tell(_("Changed. Esc again drops the change, ^S keeps it."), warns=True)

    def _tell(self, text: str, *, warns: bool = False) -> None:
        self.set_class(warns, "warns")
        self._told.update(Content(text))
