"""Dialogs for a text of several lines, such as a system prompt."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content

from tui_chat.core.labels import N_, _, ngettext
from tui_chat.core.parameters.values import LONGEST_PROMPT
from tui_chat.core.text.sanitize import sanitize
from tui_chat.ui.common.editing_area import EditingArea
from tui_chat.ui.common.modal import Modal, ResultT
from tui_chat.ui.terminal.painting.size_updates import WrappedText

if TYPE_CHECKING:
    from textual import events
    from textual.app import ComposeResult


class PlainTextArea(EditingArea):
    """The text itself."""

    async def on_paste(self, event: events.Paste) -> None:
        """Insert a paste, sanitized."""
        # Textual's own handler would insert control characters.
        event.prevent_default()
        event.stop()
        self.insert_here(sanitize(event.text.replace("\r\n", "\n").replace("\r", "\n")))


class TextEditor(Modal[ResultT]):
    """Edits a text; Esc keeps the one before, and asks if it would lose a change."""

    DEFAULT_CSS = """
    TextEditor {
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

    def __init__(self, text: str, *, title: str, hint: str, most: int) -> None:
        """Create the dialog.

        Args:
            text: The text before.
            title: The title of the panel.
            hint: A sentence below the text.
            most: The most characters.
        """
        super().__init__()
        self._heading = title
        self._hint = hint
        self._most = most
        self._area = PlainTextArea(compact=True, highlight_cursor_line=False, id="text")
        self._before = sanitize(text)
        self._warned_about: str | None = None
        self._told = WrappedText("", id="told", markup=False)

    @property
    def text(self) -> str:
        """The text as it is edited."""
        return self._area.text

    def key_hints(self) -> str:
        """Return the keys of the dialog."""
        return _("^S keep   Esc back")

    def kept(self, text: str) -> ResultT | None:
        """Return the result for a text that is kept."""
        raise NotImplementedError

    def unchanged(self) -> ResultT | None:
        """Return the result if the text before stays."""
        return None

    def compose(self) -> ComposeResult:
        """Compose the panel."""
        with Vertical(id="panel") as panel:
            panel.border_title = self._heading
            panel.border_subtitle = self.key_hints()
            yield self._area
            yield self._told

    def on_mount(self) -> None:
        """Show the text, with the cursor at its end."""
        self._area.load_text(self._before)
        self._area.move_cursor(self._area.document.end)
        self._area.focus()
        self.tell(self._hint)

    def action_keep(self) -> None:
        """Close with the text."""
        text = self._area.text
        if len(text) > self._most:
            most = ngettext(
                "Use at most {count} character.", "Use at most {count} characters.", self._most
            )
            self.tell(most, warns=True)
        else:
            self.dismiss(self.kept(text))

    def action_close(self) -> None:
        """Close without a change; once again if there is one."""
        text = self._area.text
        if text in (self._before, self._warned_about):
            self.dismiss(self.unchanged())
            return
        self._warned_about = text
        self.tell(_("Changed. Esc again drops the change, ^S keeps it."), warns=True)

    def tell(self, text: str, *, warns: bool = False) -> None:
        """Show a sentence below the text."""
        self.set_class(warns, "warns")
        self._told.update(Content(text))


class SystemPromptEditor(TextEditor[str]):
    """Dismisses with the text."""

    def __init__(self, text: str) -> None:
        super().__init__(
            text,
            title=_("System prompt"),
            hint=_("{nickname} is replaced by your nickname. Empty: no system prompt."),
            most=LONGEST_PROMPT,
        )

    def kept(self, text: str) -> str:
        """Return the text."""
        return text
